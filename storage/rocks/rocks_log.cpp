#include <breakerd/storage/rocks/rocks_log.hpp>

#include <fcntl.h>
#include <rocksdb/perf_level.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <shared_mutex>
#include <system_error>

#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/log/directories.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/log/log_files.hpp>
#include <breakerd/storage/log/log_walk.hpp>
#include <breakerd/storage/projection/projected_log.hpp>
#include <breakerd/storage/rocks/rocks_batch.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/rocks/rocks_rebuild.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/rocks/rocks_views.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t probe_bytes = 1 << 20;
constexpr std::size_t batch_bytes_kept = 64 << 10;

/// Whether the disk takes writes again: a small file is written, synced and removed.
Result<void> probe_disk(const fs::path& directory) {
  const fs::path file = directory / "probe";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (descriptor < 0)
    return make_error(ErrorCode::storage, file.string() + ": " + std::system_category().message(errno));
  const std::string bytes(probe_bytes, '\0');
  const bool written = ::write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fdatasync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  ::unlink(file.c_str());
  if (!written)
    return make_error(ErrorCode::storage,
                      file.string() + ": " + std::system_category().message(error != 0 ? error : ENOSPC));
  return {};
}

Result<bool> refers_to_payloads(const ReadView& view) {
  bool refers = false;
  Result<void> outcome;
  const auto walked = walk_log(view, [&](const WalkedEvent& walk) {
    const auto event = decode_event(walk.body);
    if (!event) return outcome = of_event(walk.seq, event.error()), false;
    const PayloadRef* ref = payload_ref(event->data);
    refers = ref != nullptr && ref->exists();
    return !refers;
  });
  if (!outcome) return outcome.error();
  if (!walked) return walked.error();
  return refers;
}

struct DatabaseAndView {
  std::unique_ptr<Database> database;
  LatestView latest{database};
};

class RocksLog final : private DatabaseAndView, public ProjectedLog {
 public:
  explicit RocksLog(RocksLogOptions options) : ProjectedLog{latest}, options_{std::move(options)} {}

  Result<void> open() {
    if (!options_.read_only)
      if (auto ok = take_directory(); !ok) return ok.error();
    // HEAD first: a daemon that goes on while we read must not seem to be ahead of its log.
    if (auto ok = head_file_.open(head_path(), options_.read_only); !ok) return ok.error();
    auto access = Access::read_only;
    if (!options_.read_only) {
      const auto allowed = prepare_files();
      if (!allowed) return allowed.error();
      access = *allowed;
    }
    if (head_file_.record()) {
      acknowledged_ = head_file_.record()->position;
      fault_ = head_file_.record()->fault;
    }
    auto opened = open_database(options_.directory, access, options_.log_line);
    if (!opened) return opened.error();
    database = std::move(*opened);
    const auto format = read_format(latest);
    if (!format) return format.error();
    if (auto ok = make_current(*format); !ok) return ok.error();
    if (auto ok = load(); !ok) return ok.error();
    acknowledged_ = head();
    set_committed(take_snapshot(*database));
    if (options_.read_only) return {};
    keeper_.emplace(head_file_);
    // What a crash kept from HEAD is made up for.
    if (head_file_.record()->position != head()) keeper_->advance(head());
    return {};
  }

  /// Makes HEAD say what the log has, with word of storage trouble.
  Result<Position> accept() {
    accepting_ = true;
    if (auto ok = lock_.take(options_.directory); !ok) return ok.error();
    if (auto ok = head_file_.open(head_path(), false); !ok) return ok.error();
    const auto files = look_for_log(options_.directory);
    if (!files) return files.error();
    auto opened = open_database(options_.directory, *files == LogFiles::none ? Access::create : Access::salvage,
                                options_.log_line);
    if (!opened) return opened.error();
    database = std::move(*opened);
    const auto format = read_format(latest);
    if (!format) return format.error();
    if (auto ok = make_current(*format); !ok) return ok.error();
    if (auto ok = load(); !ok) return ok.error();
    if (!head_file_.exists())
      if (auto ok = head_file_.make(head_path()); !ok) return ok.error();
    if (auto ok = head_file_.write({head(), true}); !ok) return ok.error();
    return head();
  }

  /// Makes the rows anew, whatever they are.
  Result<Position> rebuild(const RebuildProgress& progress) {
    if (auto ok = lock_.take(options_.directory); !ok) return ok.error();
    if (auto ok = head_file_.open(head_path(), false); !ok) return ok.error();
    if (!head_file_.record()) return no_head();
    acknowledged_ = head_file_.record()->position;
    auto opened = open_for_rebuild(options_.directory, options_.log_line);
    if (!opened) return opened.error();
    database = std::move(*opened);
    const auto format = read_format(latest);
    if (!format && format.error().code == ErrorCode::wrong_state) return format.error();
    const auto end = last_event(latest);
    if (!end) return end.error();
    // Rows that can be read are left beside a log that is too short: they may say more than the log does.
    if (auto ok = check_end({*end, {}}); !ok && !database->is_lenient && can_read_rows(latest)) return ok.error();
    if (auto ok = check_payloads(); !ok) return ok.error();
    if (auto ok = make_rows(database, *end, progress); !ok) return ok.error();
    if (database->is_lenient) {
      database.reset();
      opened = open_database(options_.directory, Access::read_write, options_.log_line);
      if (!opened) return opened.error();
      database = std::move(*opened);
    }
    if (auto ok = have_payloads(); !ok) return ok.error();
    accepting_ = true;  // the rows are those of the events there are, whatever was acknowledged
    if (auto ok = load(); !ok) return ok.error();
    accepting_ = false;
    if (auto ok = check_end(head()); !ok) {
      Error error = ok.error();
      error.detail = "the projection was made anew, but " + error.detail;
      return error;
    }
    return head();
  }

  Result<std::vector<Result<Appended>>> append(std::span<Append> appends) override {
    if (options_.read_only) return make_error(ErrorCode::unavailable, "the log is open for reading only");
    // Counting every comparison of keys, for a thread's statistics that nobody reads, is a tenth of a commit.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return ProjectedLog::append(appends);
  }

  Result<void> reopen() override {
    refuse_appends();
    fault_ = true;
    if (!fault_noted_) mark_failed();
    if (auto ok = probe_disk(options_.directory); !ok) return ok.error();
    const std::lock_guard turn{turn_};
    const std::lock_guard lock{use_};
    acknowledged_ = head();
    set_committed(nullptr);
    database.reset();
    if (auto ok = reopen_database(); !ok) {
      database.reset();
      keep_reading();
      return ok.error();
    }
    keeper_->advance(head());
    set_committed(take_snapshot(*database));
    return {};
  }

  Result<std::unique_ptr<ReadView>> view() const override {
    // The turnstile keeps a stream of readers from holding up reopen().
    std::unique_lock turn{turn_};
    std::shared_lock lock{use_};
    turn.unlock();
    if (!database) return make_error(ErrorCode::unavailable, "the log cannot be read at the moment");
    return std::unique_ptr<ReadView>{std::make_unique<SnapshotView>(*database, std::move(lock), committed())};
  }

  bool fault_pending() const override { return fault_; }
  Result<void> mark_fault() override {
    if (!keeper_) return make_error(ErrorCode::unavailable, "the log is open for reading only");
    fault_ = true;
    auto ok = keeper_->write_fault(true);
    fault_noted_ = ok.has_value();
    return ok;
  }
  Result<void> clear_fault() override {
    if (!keeper_) return make_error(ErrorCode::unavailable, "the log is open for reading only");
    if (auto ok = keeper_->write_fault(false); !ok) return ok.error();
    fault_ = false;
    return {};
  }

 protected:
  std::unique_ptr<RowBatch> make_batch() override {
    return std::make_unique<RocksBatch>(*database, batch_bytes_, last_job() + 1);
  }

  Result<void> commit(RowBatch& batch, const Position& end) override {
    auto& rows = static_cast<RocksBatch&>(batch);
    auto finished = rows.finished();
    if (!finished) return finished.error();
    batch_bytes_ = std::min(rows.bytes() + rows.bytes() / 4, batch_bytes_kept);
    if (auto ok = keeper_->check(); !ok) return ok.error();
    const auto status = write_durably(*finished);
    if (!status.ok()) return make_error(ErrorCode::outcome_unknown, "the append failed: " + status.ToString());
    if (options_.head == HeadMode::async)
      keeper_->advance(end);
    else if (auto written = keeper_->write_now(end); !written)
      return make_error(ErrorCode::outcome_unknown, "the append failed: " + written.error().detail);
    set_committed(take_snapshot(*database));
    return {};
  }

  void mark_failed() override {
    const auto ok = mark_fault();
    if (!ok && options_.log_line)
      options_.log_line("HEAD could not be told of the storage trouble: " + ok.error().detail);
  }

  Result<void> check_end(const Position& end) override {
    if (accepting_) return {};
    if (!acknowledged_) return options_.read_only ? Result<void>{} : no_head();
    return check_acknowledged(latest, *acknowledged_, end.seq);
  }

 private:
  [[nodiscard]] fs::path head_path() const { return options_.directory / "HEAD"; }

  /// The directory is there, also after a power cut, and nobody else's.
  [[nodiscard]] Result<void> take_directory() {
    const auto made = make_directories(options_.directory);
    if (!made) return made.error();
    return lock_.take(options_.directory);
  }

  /// Makes HEAD where there is no log yet, and decides whether RocksDB may make one. It may while HEAD says that there
  /// are no events and nothing contradicts it; HEAD is made first, so that its absence beside files of a log is a loss.
  [[nodiscard]] Result<Access> prepare_files() {
    const auto files = look_for_log(options_.directory);
    if (!files) return files.error();
    if (!head_file_.exists() && *files == LogFiles::none) {
      // Whoever made the directory may not have synced its name.
      if (auto ok = sync_name(options_.directory); !ok) return ok.error();
      if (auto ok = head_file_.make(head_path()); !ok) return ok.error();
    }
    if (!head_file_.record()) return no_head();
    const Seq acknowledged = head_file_.record()->position.seq;
    if (acknowledged == 0 && *files != LogFiles::no_current) return Access::create;
    if (*files == LogFiles::none) return log_is_lost((options_.directory / "log").string(), acknowledged);
    return Access::read_write;
  }

  /// In two steps: the WAL's file is on its way to the disk as soon as it is written (wal_files.hpp), and the memtable
  /// is filled meanwhile. The memtable shows a batch before it is durable, which views must not.
  [[nodiscard]] rocksdb::Status write_durably(rocksdb::WriteBatch* batch) {
    const auto written = database->db->Write(write_options_, batch);
    return written.ok() ? database->db->SyncWAL() : written;
  }

  /// Makes the rows anew when an older breakerd has written them.
  [[nodiscard]] Result<void> make_current(const RowFormat& format) {
    if (format.is_current()) return have_payloads();
    if (options_.read_only) return needs_rebuild();
    const auto end = last_event(latest);
    if (!end) return end.error();
    if (auto ok = check_end({*end, {}}); !ok) return ok.error();  // a log that is not whole is left as it is
    const auto line = [&](const std::string& text) {
      if (options_.log_line) options_.log_line(text);
    };
    line("the projection is of format " + format.to_string() + ": it is made anew from " + std::to_string(*end) +
         " events");
    if (auto ok = check_payloads(); !ok) return ok.error();
    Seq told = 0;
    const auto tell = [&](Seq at, Seq of) {
      if (at - told < of / 10) return;
      told = at;
      line("the projection is made up to event " + std::to_string(at) + " of " + std::to_string(of));
    };
    if (auto ok = make_rows(database, *end, tell); !ok) return ok.error();
    if (auto ok = have_payloads(); !ok) return ok.error();
    line("the projection is of format " + RowFormat{}.to_string());
    return {};
  }

  /// The table of payloads may be missing where no event speaks of one: beside an empty log, and one of an older
  /// breakerd.
  [[nodiscard]] Result<void> check_payloads() const {
    if (database->payloads != nullptr) return {};
    const auto missing = refers_to_payloads(latest);
    if (!missing) return missing.error();
    if (*missing)
      return make_error(ErrorCode::corrupt,
                        "the table of payloads is missing, and events speak of payloads. Restore the data directory, "
                        "HEAD and log/ together, from a copy");
    return {};
  }

  /// Makes it where it may be missing.
  [[nodiscard]] Result<void> have_payloads() {
    if (database->payloads != nullptr) return {};
    if (auto ok = check_payloads(); !ok || options_.read_only) return ok;
    return make_payloads(*database);
  }

  [[nodiscard]] Result<void> reopen_database() {
    auto opened = open_database(options_.directory, Access::read_write, options_.log_line);
    if (!opened) return opened.error();
    database = std::move(*opened);
    if (auto ok = have_payloads(); !ok) return ok.error();
    // Before anything is appended the trouble is on record, whatever became of the word left when it came up.
    if (auto ok = keeper_->write_fault(true); !ok) return ok.error();
    return load();
  }

  /// Reads go on, if anything can be read; but not of what nobody was told of.
  void keep_reading() {
    auto readable = open_database(options_.directory, Access::read_only, options_.log_line);
    if (!readable) return;
    database = std::move(*readable);
    const auto row = read_row<HeadRow>(latest, Table::meta, meta_key::head);
    const Seq last = row && *row ? (*row)->last.seq : 0;
    if (!row || last != head().seq) {
      database.reset();
      return;
    }
    set_committed(take_snapshot(*database));
  }

  [[nodiscard]] Snapshot committed() const {
    const std::lock_guard lock{committed_mutex_};
    return committed_;
  }
  void set_committed(Snapshot snapshot) {
    const std::lock_guard lock{committed_mutex_};
    committed_.swap(snapshot);  // the old one is released by the argument's end, without the lock
  }

  RocksLogOptions options_;
  DirectoryLock lock_;
  HeadFile head_file_;
  std::optional<HeadKeeper> keeper_;      ///< absent when read-only
  std::optional<Position> acknowledged_;  ///< what must be there: HEAD's at the start, our own later
  bool accepting_ = false;
  std::atomic<bool> fault_{false};
  std::size_t batch_bytes_ = 0;  ///< what the next commit may need, going by the last one
  bool fault_noted_ = true;      ///< HEAD knows of the fault, if there is one
  const rocksdb::WriteOptions write_options_{write_settings()};
  mutable std::mutex turn_;
  mutable std::shared_mutex use_;  ///< shared by views, exclusive for reopen()
  /// What views show: a batch that RocksDB has and the disk, or HEAD when it is part of a commit, has not is not
  /// acknowledged.
  Snapshot committed_;
  mutable std::mutex committed_mutex_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_log(RocksLogOptions options) {
  auto log = std::make_unique<RocksLog>(std::move(options));
  if (auto ok = log->open(); !ok) return ok.error();
  return std::unique_ptr<EventLog>{std::move(log)};
}

Result<Position> accept_log_as_it_is(const fs::path& directory) {
  RocksLogOptions options;
  options.directory = directory;
  return RocksLog{std::move(options)}.accept();
}

Result<Position> rebuild_projection(const fs::path& directory, const RebuildProgress& progress) {
  RocksLogOptions options;
  options.directory = directory;
  return RocksLog{std::move(options)}.rebuild(progress);
}

}  // namespace breakerd
