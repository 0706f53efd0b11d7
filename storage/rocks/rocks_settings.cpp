#include <breakerd/storage/rocks/rocks_settings.hpp>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>

#include <breakerd/storage/rocks/rocks_log.hpp>
#include <breakerd/storage/tables/table.hpp>

namespace breakerd {
namespace {

constexpr std::size_t event_buffer_bytes = 4 << 20;
constexpr std::size_t payload_buffer_bytes = 4 << 20;
constexpr std::size_t row_buffer_bytes = 8 << 20;
constexpr std::size_t block_cache_bytes = 12 << 20;
constexpr std::size_t wal_bytes_max = 48 << 20;  // bounds what a restart reads back
constexpr std::uint64_t file_bytes = 32 << 20;
/// Every file that is flushed has rows of every table, so a compaction of them rewrites the whole level below. Done
/// half as often as RocksDB would, batches cost less (docs/performance-notes.md).
constexpr int row_files_per_compaction = 8;
constexpr std::size_t seq_prefix_bytes = 2;  // all seqs there will be for a long time

/// Debian's RocksDB has its assertions on, and its own file logger aborts the process when the disk is full.
class LineLogger final : public rocksdb::Logger {
 public:
  explicit LineLogger(std::function<void(const std::string&)> log_line)
      : rocksdb::Logger{rocksdb::InfoLogLevel::WARN_LEVEL}, log_line_{std::move(log_line)} {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (!log_line_) return;
    char line[1024];
    if (std::vsnprintf(line, sizeof line, format, arguments) >= 0) log_line_(line);
  }

 private:
  std::function<void(const std::string&)> log_line_;
};

/// After a failed write the log is reopened, and what is on the disk is looked at: RocksDB must not go on by itself. For
/// a full disk that cannot be said with a setting (7.8 and 9.10: a thread tries it at once, and every 5 seconds). A
/// database that is closed meanwhile loses the memory of that thread's memtable.
class NoResuming final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status error, bool* resumes) override {
    error.PermitUncheckedError();
    *resumes = false;
  }
};

/// The rows of a table are a group. A range deletion must not be in one: RocksDB (7.8) keeps them in a list of their
/// own, but remembers its place in that list and in the rows' list under the same group, and goes on from the one in
/// the other.
class RowGroups final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "breakerd.RowGroups"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), 1}; }
  bool InDomain(const rocksdb::Slice& key) const override {
    return !key.empty() && !begins_range({key.data(), key.size()});
  }
};

/// Keys of the same group mostly arrive in order, each close to the one before: the memtable then begins its search
/// there. (Half of the instructions of a commit went into that search from the top.)
rocksdb::ColumnFamilyOptions common_settings(const std::shared_ptr<rocksdb::Cache>& cache,
                                             std::shared_ptr<const rocksdb::SliceTransform> groups, bool with_filter) {
  rocksdb::ColumnFamilyOptions settings;
  settings.memtable_insert_with_hint_prefix_extractor = std::move(groups);
  settings.max_write_buffer_number = 3;
  settings.target_file_size_base = file_bytes;
  settings.level_compaction_dynamic_level_bytes = true;
  settings.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8 << 10;
  table.cache_index_and_filter_blocks = true;  // or they would grow with the backlog
  table.cache_index_and_filter_blocks_with_high_priority = true;
  // In pieces, so that a read far back in the queue brings in the piece it needs and not a whole file's.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = with_filter;
  table.metadata_block_size = 4 << 10;
  table.pin_top_level_index_and_filter = true;
  table.format_version = 5;
  if (with_filter) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return settings;
}

/// What a start and a commit rest on, whatever a version's defaults are.
void set_recovery(rocksdb::DBOptions& settings) {
  // A commit that was never whole may end a WAL; what is wrong before that refuses the start.
  settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // What was read back is in tables before a new WAL begins. Else the WAL with the torn end stayed and would not be the
  // last one at the next start, which refuses torn ends there (wal_end.hpp).
  settings.avoid_flush_during_recovery = false;
  settings.best_efforts_recovery = false;             // it goes on with an older state when files are missing
  settings.track_and_verify_wals_in_manifest = true;  // a whole WAL that is missing is found
  settings.allow_2pc = false;                         // it keeps WALs that recovery must not see again
  // The sync is ours to ask for, and covers everything before it.
  settings.manual_wal_flush = false;
  settings.unordered_write = false;
  settings.two_write_queues = false;
  settings.enable_pipelined_write = false;
  // A WAL holds zeros or its own records behind its end, in RocksDB's plain format (wal_end.hpp).
  settings.recycle_log_file_num = 0;
  settings.wal_compression = rocksdb::kNoCompression;
  settings.wal_dir.clear();  // beside the tables, where the spare is made
  settings.WAL_ttl_seconds = 0;
  settings.WAL_size_limit_MB = 0;
}

}  // namespace

bool begins_range(std::string_view full_key) {
  if (full_key.size() == 1) return true;  // a whole table: no row has its key
  if (full_key.size() != 1 + sizeof(LaneId::bytes)) return false;
  return is_job_index(static_cast<Table>(full_key.front()));
}

rocksdb::DBOptions database_settings(std::function<void(const std::string&)> log_line) {
  rocksdb::DBOptions settings;
  // Nothing is made where something may be missing; open_database() allows it for a log that is new.
  settings.create_if_missing = false;
  settings.create_missing_column_families = false;
  settings.paranoid_checks = true;
  set_recovery(settings);
  settings.max_bgerror_resume_count = 0;
  settings.listeners = {std::make_shared<NoResuming>()};
  settings.max_total_wal_size = wal_bytes_max;
  settings.max_open_files = rocks_tables_open_max;
  settings.max_background_jobs = 2;
  settings.allow_concurrent_memtable_write = false;  // there is one writer, and insertion by hint needs it
  settings.bytes_per_sync = 1 << 20;
  settings.stats_dump_period_sec = 0;
  settings.stats_persist_period_sec = 0;
  settings.info_log = std::make_shared<LineLogger>(std::move(log_line));
  return settings;
}

namespace {

rocksdb::ColumnFamilyOptions by_seq_settings(const std::shared_ptr<rocksdb::Cache>& cache) {
  return common_settings(
      cache, std::shared_ptr<const rocksdb::SliceTransform>{rocksdb::NewFixedPrefixTransform(seq_prefix_bytes)}, false);
}

}  // namespace

rocksdb::ColumnFamilyOptions event_settings(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions settings = by_seq_settings(cache);
  settings.write_buffer_size = event_buffer_bytes;
  return settings;
}

rocksdb::ColumnFamilyOptions payload_settings(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions settings = by_seq_settings(cache);
  settings.write_buffer_size = payload_buffer_bytes;
  return settings;
}

rocksdb::ColumnFamilyOptions row_settings(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions settings = common_settings(cache, std::make_shared<RowGroups>(), true);
  settings.write_buffer_size = row_buffer_bytes;
  settings.level0_file_num_compaction_trigger = row_files_per_compaction;
  return settings;
}

std::shared_ptr<rocksdb::Cache> make_block_cache() { return rocksdb::NewLRUCache(block_cache_bytes); }

rocksdb::WriteOptions write_settings() {
  rocksdb::WriteOptions options;
  options.sync = false;  // that is a step of its own
  options.protection_bytes_per_key = 8;
  return options;
}

}  // namespace breakerd
