#include <breakerd/storage/rocks/rocks_jobs.hpp>

#include <algorithm>
#include <memory>

#include <breakerd/storage/rocks/rocks_database.hpp>

namespace breakerd {
namespace {

constexpr std::size_t key_bytes = sizeof(JobId);

JobId block_of(JobId job) { return (job - 1) / jobs_per_block; }
JobId first_job_of(JobId block) { return block * jobs_per_block + 1; }
/// The key of the block that `job` may be in.
std::string block_key(JobId job) { return number_key(first_job_of(block_of(job))) + '\0'; }

bool is_block(std::string_view key) {
  if (key.size() != key_bytes + 1 || key.back() != '\0') return false;
  const JobId job = read_big_endian(key);
  return job > 0 && job == first_job_of(block_of(job));
}

/// Walks over the jobs of one block.
class BlockReader {
 public:
  /// At its first job.
  BlockReader(JobId block, std::string_view value) : block_{block}, rows_{value}, next_{first_job_of(block)} {
    advance();
    ok_ = valid_;  // a block has jobs
  }

  [[nodiscard]] JobId block() const { return block_; }
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] JobId job() const { return next_ - 1; }
  [[nodiscard]] std::string_view row() const { return row_; }
  void advance() {
    valid_ = ok_ && !rows_.done();
    if (!valid_) return;
    row_ = rows_.text();
    ok_ = valid_ = rows_.ok() && block_of(next_) == block_;
    ++next_;
  }
  /// False when its bytes are not those of a block.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  JobId block_;
  BinaryReader rows_;
  JobId next_;
  std::string_view row_;
  bool ok_ = true;
  bool valid_ = false;
};

Error unreadable(JobId block) {
  return make_error(ErrorCode::corrupt, "the row of jobs " + std::to_string(first_job_of(block)) + " to " +
                                            std::to_string(first_job_of(block + 1) - 1) + " cannot be read");
}

/// The row of `job` in its block; nullopt when it is not there.
Result<std::optional<std::string>> row_in(std::string_view value, JobId job) {
  std::optional<std::string> row;
  BlockReader reader{block_of(job), value};
  for (; reader.valid(); reader.advance())
    if (reader.job() == job) row = reader.row();
  if (!reader.ok()) return unreadable(block_of(job));
  return row;
}

/// The last job of a block that is before `end`; 0 when there is none.
Result<JobId> last_in(JobId block, std::string_view value, JobId end) {
  JobId last = 0;
  BlockReader reader{block, value};
  for (; reader.valid(); reader.advance())
    if (reader.job() < end) last = reader.job();
  if (!reader.ok()) return unreadable(block);
  return last;
}

/// Merges blocks and own rows, as a walk over the table comes by them.
class JobWalk {
 public:
  JobWalk(std::string_view from, std::string_view to, const ReadView::Visit& visit)
      : from_{from},
        to_{to},
        first_{first_number_from(from)},
        end_{to.empty() ? no_number : first_number_from(to)},
        visit_{visit} {}

  /// Where the walk has to begin: with the block that the first job may be in.
  [[nodiscard]] std::string begin() const {
    return std::min(std::string{from_}, number_key(first_job_of(block_of(std::max(first_, JobId{1})))));
  }
  /// Where it has to end: behind the block that the last job may be in.
  [[nodiscard]] std::string end() const {
    if (to_.empty()) return end_of_table(Table::jobs);
    return full_key(Table::jobs, end_ < 2 ? std::string{to_} : std::max(std::string{to_}, block_key(end_ - 1) + '\0'));
  }
  /// False when no more is wanted.
  [[nodiscard]] Result<bool> take(std::string_view key, std::string_view value) {
    if (is_block(key)) return enter(block_of(read_big_endian(key)), value);
    const JobId job = first_number_from(key);
    auto more = visit_block_before(job);
    if (!more || !*more) return more;
    last_own_ = key.size() == key_bytes ? job : 0;
    if (block_ && block_->valid() && block_->job() == last_own_) block_->advance();
    return key < from_ || (!to_.empty() && key >= to_) || visit_(key, value);
  }
  [[nodiscard]] Result<bool> finish() { return visit_block_before(end_); }

 private:
  [[nodiscard]] Result<bool> enter(JobId block, std::string_view value) {
    auto more = visit_block_before(first_job_of(block));
    if (!more || !*more) return more;
    value_ = value;
    block_.emplace(block, value_);
    if (!block_->ok()) return unreadable(block);
    if (block_->job() == last_own_) block_->advance();  // its own row sorts before the block
    return true;
  }
  /// What is left of the block, up to a job that is not in it or has a row of its own.
  [[nodiscard]] Result<bool> visit_block_before(JobId end) {
    if (!block_) return true;
    for (; block_->valid() && block_->job() < std::min(end, end_); block_->advance())
      if (block_->job() >= first_ && !visit_(number_key(block_->job()), block_->row())) return false;
    if (!block_->ok()) return unreadable(block_->block());
    return true;
  }

  std::string_view from_;
  std::string_view to_;
  JobId first_;
  JobId end_;
  const ReadView::Visit& visit_;
  std::string value_;  ///< of the block
  std::optional<BlockReader> block_;
  JobId last_own_ = 0;
};

/// Whether these are the keys of jobs that follow each other closely: then walking over them is cheaper than looking
/// for each (measured with rows of 64 jobs leased in order: a third of the time of a MultiGet).
[[nodiscard]] bool are_close(std::span<const std::string> keys) {
  constexpr std::size_t keys_min = 4;
  constexpr std::uint64_t gaps_max = 2;  // for each key
  if (keys.size() < keys_min) return false;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].size() != key_bytes || (i > 0 && keys[i] <= keys[i - 1])) return false;
  return read_big_endian(keys.back()) - read_big_endian(keys.front()) <= (1 + gaps_max) * keys.size();
}

/// The rows of ascending keys, by a walk from the first to the last.
Result<ReadView::Rows> walk_rows(const Database& database, const rocksdb::ReadOptions& how,
                                 std::span<const std::string> keys) {
  ReadView::Rows rows(keys.size());
  std::size_t next = 0;
  auto ok =
      scan_job_rows(database, how, keys.front(), keys.back() + '\0', [&](std::string_view key, std::string_view value) {
        while (next < keys.size() && keys[next] < key) ++next;
        if (next < keys.size() && keys[next] == key) rows[next++] = std::string{value};
        return next < keys.size();
      });
  if (!ok) return ok.error();
  return rows;
}

}  // namespace

rocksdb::Status JobBlocks::put(JobId job, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                               rocksdb::WriteBatch& batch) {
  const bool begins_block = job >= first_new_ && job == first_job_of(block_of(job));
  if (begins_block || job != next_)
    if (auto status = finish(family, batch); !status.ok()) return status;
  if (!begins_block && value_.empty()) return batch.Put(family, full_key(Table::jobs, number_key(job)), row);
  BinaryWriter{value_}.text(row);
  next_ = job + 1;
  return rocksdb::Status::OK();
}

rocksdb::Status JobBlocks::finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch) {
  if (value_.empty()) return rocksdb::Status::OK();
  const JobId block = block_of(next_ - 1);
  auto status = rocksdb::Status::OK();
  if (next_ - first_job_of(block) >= jobs_to_share) {
    status = batch.Put(family, full_key(Table::jobs, block_key(next_ - 1)), value_);
  } else {
    for (BlockReader reader{block, value_}; reader.valid() && status.ok(); reader.advance())
      status = batch.Put(family, full_key(Table::jobs, number_key(reader.job())), reader.row());
  }
  value_.clear();
  return status;
}

Result<std::optional<std::string>> get_job_row(const Database& database, const rocksdb::ReadOptions& how,
                                               std::string_view key) {
  auto own = get_kept_row(database, how, Table::jobs, key);
  if (!own || *own || key.size() != key_bytes) return own;
  const JobId job = read_big_endian(key);
  if (job == 0) return own;
  auto block = get_kept_row(database, how, Table::jobs, block_key(job));
  if (!block || !*block) return block;
  return row_in(**block, job);
}

Result<ReadView::Rows> get_job_rows(const Database& database, const rocksdb::ReadOptions& how,
                                    std::span<const std::string> keys) {
  if (are_close(keys)) return walk_rows(database, how, keys);
  auto rows = get_kept_rows(database, how, Table::jobs, keys);
  if (!rows) return rows;
  std::vector<std::string> block_keys;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if ((*rows)[i] || keys[i].size() != key_bytes || read_big_endian(keys[i]) == 0) continue;
    missing.push_back(i);
    block_keys.push_back(block_key(read_big_endian(keys[i])));
  }
  if (missing.empty()) return rows;
  const auto blocks = get_kept_rows(database, how, Table::jobs, block_keys);
  if (!blocks) return blocks.error();
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!(*blocks)[i]) continue;
    auto row = row_in(*(*blocks)[i], read_big_endian(keys[missing[i]]));
    if (!row) return row.error();
    (*rows)[missing[i]] = std::move(*row);
  }
  return rows;
}

Result<void> scan_job_rows(const Database& database, rocksdb::ReadOptions how, std::string_view from,
                           std::string_view to, const ReadView::Visit& visit) {
  JobWalk walk{from, to, visit};
  const std::string end = walk.end();
  const rocksdb::Slice upper{end};
  how.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator(how, database.rows)};
  for (at->Seek(full_key(Table::jobs, walk.begin())); at->Valid(); at->Next()) {
    const auto more = walk.take(as_view(at->key()).substr(1), as_view(at->value()));
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (!at->status().ok()) return from_status(at->status(), "reading jobs");
  const auto finished = walk.finish();
  if (!finished) return finished.error();
  return {};
}

Result<std::optional<std::string>> last_job_key(const Database& database, const rocksdb::ReadOptions& how,
                                                std::string_view before) {
  std::string until{before};
  if (is_block(until)) until += '\0';  // its first job is before this key
  auto key = last_kept_key(database, how, Table::jobs, until);
  if (!key || !*key || ((*key)->size() != key_bytes && !is_block(**key))) return key;
  const JobId found = read_big_endian(**key);
  if (found == 0) return key;
  // Its block may have jobs behind it; blocks further on would have been found.
  const auto value = get_kept_row(database, how, Table::jobs, block_key(found));
  if (!value) return value.error();
  if (!*value) return key;
  const auto last = last_in(block_of(found), **value, before.empty() ? no_number : first_number_from(before));
  if (!last) return last.error();
  return std::optional{number_key(std::max(found, *last))};
}

}  // namespace breakerd
