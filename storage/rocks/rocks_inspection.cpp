#include <breakerd/storage/rocks/rocks_inspection.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <breakerd/storage/rocks/rocks_database.hpp>

namespace breakerd {
namespace {

namespace fs = std::filesystem;

constexpr int open_attempts = 20;
constexpr std::size_t readahead_bytes = 2 << 20;

/// Everything that was there when it was opened, for long scans.
class OfflineView final : public ReadView {
 public:
  explicit OfflineView(std::unique_ptr<Database> database) : database_{std::move(database)} {
    scans_.readahead_size = readahead_bytes;
    scans_.fill_cache = false;
  }

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    return get_row(*database_, {}, table, key);
  }
  Result<Rows> get_many(Table table, std::span<const std::string> keys) const override {
    return get_rows(*database_, {}, table, keys);
  }
  Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
    return scan_rows(*database_, scans_, table, from, to, visit);
  }
  Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    return last_row_key(*database_, {}, table, before);
  }

 private:
  std::unique_ptr<Database> database_;
  rocksdb::ReadOptions scans_;
};

/// The files whose coming, going or (for the manifest) growing tells that a daemon moved rows from the WAL to tables.
std::vector<std::string> moving_parts(const fs::path& directory) {
  std::vector<std::string> parts;
  std::error_code error;  // a file that is gone when we look is a change too
  for (fs::directory_iterator at{directory / "log", error}, end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".log")) parts.push_back(name);
    if (!name.starts_with("MANIFEST-")) continue;
    std::error_code gone;
    parts.push_back(name + ' ' + std::to_string(fs::file_size(at->path(), gone)));
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

/// Of a daemon at work RocksDB may see the manifest of before and the WALs of after a move: then it is read again.
Result<std::unique_ptr<Database>> open_at_rest(const fs::path& directory, Access access) {
  for (int i = 0; i < open_attempts; ++i) {
    const auto before = moving_parts(directory);
    auto database = open_database(directory, access, {});
    if (moving_parts(directory) == before) return database;
  }
  return make_error(ErrorCode::storage, "the log is changing too fast to be read");
}

}  // namespace

bool is_data_directory(const fs::path& directory) noexcept {
  std::error_code ignored;  // what cannot be looked at is not there for us
  return fs::exists(directory / "HEAD", ignored) || fs::exists(directory / "log" / "CURRENT", ignored);
}

Error no_data_directory(const fs::path& directory) {
  return make_error(ErrorCode::storage, directory.string() + " is no data directory of breakerd, or may not be read: " +
                                            "neither HEAD nor log/CURRENT can be found in it");
}

bool lost_whole_log(const fs::path& directory) noexcept {
  std::error_code error;
  if (!fs::exists(directory / "log", error)) return !error;
  return fs::is_empty(directory / "log", error) && !error;
}

Result<std::optional<HeadRecord>> read_head(const fs::path& directory) {
  HeadFile head;
  if (auto ok = head.open(directory / "HEAD", true); !ok) return ok.error();
  return head.record();
}

Result<Inspection> inspect(const fs::path& directory) {
  if (!is_data_directory(directory)) return no_data_directory(directory);
  Inspection inspection;
  // First: a daemon that goes on must not seem to be ahead of its log.
  auto head = read_head(directory);
  if (!head) return head.error();
  inspection.head = *head;
  if (lost_whole_log(directory)) {
    const auto against =
        inspection.head ? "but events up to " + std::to_string(inspection.head->position.seq) + " were acknowledged"
                        : std::string{"and HEAD cannot be read"};
    return make_error(ErrorCode::corrupt, (directory / "log").string() + " is missing or empty, " + against);
  }
  auto database = open_at_rest(directory, Access::read_only);
  if (!database && database.error().code == ErrorCode::corrupt) {
    inspection.damage = database.error().detail;
    database = open_at_rest(directory, Access::salvage_read_only);
    if (!database && database.error().code == ErrorCode::corrupt) {
      auto events = open_at_rest(directory, Access::without_rows);
      if (events) {
        inspection.rows_damage = std::exchange(database, std::move(events)).error().detail;
        inspection.damage.clear();
      }
    }
  }
  if (!database) return database.error();
  inspection.view = std::make_unique<OfflineView>(std::move(*database));
  return inspection;
}

}  // namespace breakerd
