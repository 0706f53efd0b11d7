#pragma once
// A log on a disk that a test can hurt. Verbs act on the files between close() and open().

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <breakerd/storage/tables/stored_event.hpp>

#include "tests/storage/log/log_form.hpp"

namespace breakerd::test {

class DiskLog {
 public:
  explicit DiskLog(std::filesystem::path directory = {}) : directory_{directory.empty() ? dir_.path() : directory} {}

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path head_file() const { return directory_ / "HEAD"; }

  [[nodiscard]] Result<std::unique_ptr<EventLog>> try_open(HeadMode head = HeadMode::async,
                                                           bool read_only = false) const {
    RocksLogOptions options;
    options.directory = directory_;
    options.head = head;
    options.read_only = read_only;
    return open_rocks_log(std::move(options));
  }
  EventLog& open(HeadMode head = HeadMode::async) {
    log = must(try_open(head));
    return *log;
  }
  void close() { log.reset(); }

  /// Enqueues `count` jobs, each in a commit of its own.
  void enqueue(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) wrote(*log, {enqueued(must(read_status(*must(log->view()))).last_job + 1)});
  }
  [[nodiscard]] Seq last_seq() const { return log->head().seq; }

  /// A fresh log with `count` events, closed: all of them are in its WAL.
  void write_and_close(std::size_t count) {
    open();
    enqueue(count);
    close();
  }

  /// The newest WAL.
  [[nodiscard]] std::filesystem::path wal() const {
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::directory_iterator{directory_ / "log"})
      if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
    REQUIRE_FALSE(newest.empty());
    return newest;
  }

  /// Where the records of a WAL of less than one block begin, and where the last one ends. Zeros may follow.
  [[nodiscard]] std::vector<std::size_t> wal_records() const {
    const std::string bytes = read(wal());
    constexpr std::size_t header_bytes = 7;  // checksum 4, length 2, type 1
    std::vector<std::size_t> borders{0};
    while (borders.back() + header_bytes <= bytes.size() && bytes[borders.back() + 6] != '\0') {
      const auto low = static_cast<std::uint8_t>(bytes[borders.back() + 4]);
      const auto high = static_cast<std::uint8_t>(bytes[borders.back() + 5]);
      borders.push_back(borders.back() + header_bytes + (std::size_t{high} << 8 | low));
    }
    REQUIRE(borders.back() < 32 << 10);
    REQUIRE(bytes.find_first_not_of('\0', borders.back()) == std::string::npos);
    return borders;
  }
  /// Copies all files, also while the log is open, as a kill would leave them: again until no file has come or gone
  /// meanwhile.
  void copy_to(const std::filesystem::path& to) const {
    for (auto before = files(); !copy_once(to) || before != files(); before = files())
      for (const auto& entry : std::filesystem::directory_iterator{to}) std::filesystem::remove_all(entry.path());
  }
  void cut_wal(std::size_t at) const { std::filesystem::resize_file(wal(), at); }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary | std::ios::ate};
    if (!in) return {};
    std::string bytes(static_cast<std::size_t>(in.tellg()), '\0');
    in.seekg(0);
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
  }
  static void write(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << bytes;
    REQUIRE(out.flush());
  }
  static void flip_bit(const std::filesystem::path& file, std::size_t byte) {
    std::string bytes = read(file);
    REQUIRE(byte < bytes.size());
    bytes[byte] = static_cast<char>(bytes[byte] ^ 0x10);
    write(file, bytes);
  }

  /// The start is refused as `corrupt`; gives what is said.
  [[nodiscard]] std::string refused() const {
    const Error error = error_of(try_open());
    CHECK(error.code == ErrorCode::corrupt);
    return error.detail;
  }

  std::unique_ptr<EventLog> log;

 private:
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> all;
    std::error_code error;  // what goes meanwhile is not in the next list
    for (std::filesystem::recursive_directory_iterator at{directory_, error}, end; at != end && !error;
         at.increment(error))
      all.push_back(at->path());
    std::sort(all.begin(), all.end());
    return all;
  }
  [[nodiscard]] bool copy_once(const std::filesystem::path& to) const {
    for (const auto& path : files()) {
      const auto target = to / path.lexically_relative(directory_);  // asks nothing of the disk: the file may be gone
      std::error_code error;
      if (std::filesystem::is_directory(path, error))
        std::filesystem::create_directories(target, error);
      else
        std::filesystem::copy_file(path, target, error);
      if (error) return false;
    }
    return true;
  }

  TempDir dir_;
  std::filesystem::path directory_;
};

/// The whole chain, from the beginning to the head.
inline void require_chain(const EventLog& log) {
  Position at;
  for (const auto& [key, row] : rows_of(*must(log.view()), Table::events)) {
    const auto event = must(split_event(row));
    REQUIRE(read_big_endian(key) == at.seq + 1);
    REQUIRE(event.hash == chain(at.hash, at.seq + 1, event.body));
    at = {at.seq + 1, event.hash};
  }
  REQUIRE(at == log.head());
}

}  // namespace breakerd::test
