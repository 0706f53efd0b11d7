// How long one durable append takes on this disk at this moment: the yardstick of a commit.
#pragma once

#include <filesystem>

#include "histogram.hpp"
#include "scripts.hpp"

namespace breakerd::load {

class DiskProbe final : public OperatorScript::AfterOpen {
 public:
  /// Makes a file in `directory`, removed by the destructor. Throws std::system_error.
  explicit DiskProbe(const std::filesystem::path& directory);
  ~DiskProbe() override;
  DiskProbe(const DiskProbe&) = delete;
  DiskProbe& operator=(const DiskProbe&) = delete;

  /// Appends append_bytes and waits for fdatasync; records the time. Throws std::system_error.
  void append();

  void opened() override { append(); }

  [[nodiscard]] const Histogram& times() const noexcept { return times_; }

  static constexpr std::size_t append_bytes = 4096;

 private:
  std::filesystem::path path_;
  int descriptor_;
  Histogram times_;
};

}  // namespace breakerd::load
