#include "tests/storage/crash_points/sparse_file.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

namespace breakerd::crash {
namespace {

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

void SparseFile::write(std::uint64_t offset, std::string_view bytes) {
  size_ = std::max(size_, offset + bytes.size());
  while (!bytes.empty()) {
    const std::uint64_t number = offset / page_bytes;
    const std::uint64_t begin = offset % page_bytes;
    const std::string_view piece = bytes.substr(0, page_bytes - begin);
    const auto found = pages_.find(number);
    auto page = found == pages_.end() ? std::make_shared<Page>() : std::make_shared<Page>(*found->second);
    std::copy(piece.begin(), piece.end(), page->begin() + static_cast<std::ptrdiff_t>(begin));
    if (is_zero({page->data(), page->size()}))
      pages_.erase(number);
    else
      pages_[number] = std::move(page);
    offset += piece.size();
    bytes.remove_prefix(piece.size());
  }
}

void SparseFile::write_zeros(std::uint64_t offset, std::uint64_t count) {
  const std::uint64_t end = offset + count;
  const std::string zeros(page_bytes, '\0');
  for (auto at = pages_.lower_bound(offset / page_bytes); at != pages_.end() && at->first * page_bytes < end;) {
    const std::uint64_t from = std::max(offset, at->first * page_bytes);
    const std::uint64_t to = std::min(end, (at->first + 1) * page_bytes);
    ++at;
    write(from, std::string_view{zeros}.substr(0, to - from));
  }
  size_ = std::max(size_, end);
}

void SparseFile::resize(std::uint64_t size) {
  if (size < size_) {
    write_zeros(size, size_ - size);
    size_ = size;
  }
  size_ = size;
}

void SparseFile::save(const std::filesystem::path& file) const {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  for (const auto& [number, page] : pages_) {
    out.seekp(static_cast<std::streamoff>(number * page_bytes));
    out.write(page->data(), static_cast<std::streamsize>(std::min(page_bytes, size_ - number * page_bytes)));
  }
  out.close();
  if (!out) throw std::runtime_error{file.string() + " cannot be written"};
  std::filesystem::resize_file(file, size_);
}

SparseFile SparseFile::load(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw std::runtime_error{file.string() + " cannot be read"};
  SparseFile loaded;
  std::string bytes(page_bytes * 256, '\0');
  while (in) {
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    loaded.write(loaded.size(), std::string_view{bytes}.substr(0, static_cast<std::size_t>(in.gcount())));
  }
  return loaded;
}

bool operator==(const SparseFile& a, const SparseFile& b) {
  return a.size_ == b.size_ && std::equal(a.pages_.begin(), a.pages_.end(), b.pages_.begin(), b.pages_.end(),
                                          [](const auto& one, const auto& other) {
                                            return one.first == other.first && *one.second == *other.second;
                                          });
}

}  // namespace breakerd::crash
