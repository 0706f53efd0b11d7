#pragma once
// The bytes of a file. Pages of zeros take no room, and copies share their pages.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>

namespace breakerd::crash {

class SparseFile {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// What is between the old end and `offset` reads as zeros.
  void write(std::uint64_t offset, std::string_view bytes);
  void write_zeros(std::uint64_t offset, std::uint64_t count);
  void resize(std::uint64_t size);

  /// Makes `file` have these bytes. Throws when the system refuses.
  void save(const std::filesystem::path& file) const;

  /// The bytes of a file of the machine. Throws when it cannot be read.
  [[nodiscard]] static SparseFile load(const std::filesystem::path& file);

  friend bool operator==(const SparseFile& a, const SparseFile& b);

 private:
  static constexpr std::uint64_t page_bytes = 4096;
  using Page = std::array<char, page_bytes>;

  std::uint64_t size_ = 0;
  std::map<std::uint64_t, std::shared_ptr<const Page>> pages_;  ///< by number; shared by copies, never changed
};

}  // namespace breakerd::crash
