#include "storage/rocks_jobs.hpp"

#include <algorithm>
#include <memory>

#include "storage/rocks_database.hpp"

namespace breakerd {
namespace {

constexpr std::size_t key_bytes = sizeof(JobId);

JobId block_of(JobId job) { return (job - 1) / jobs_per_block; }
JobId first_job_of(JobId block) { return block * jobs_per_block + 1; }
std::string block_key(JobId job) { return number_key(block_of(job)); }

/// Walks over the jobs of one block.
class BlockReader {
 public:
  /// At its first job.
  BlockReader(JobId block, std::string_view value) : rows_{value}, next_{first_job_of(block)} {
    end_ = next_ + jobs_per_block;
    advance();
    ok_ = valid_;  // a block has jobs
  }

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] JobId job() const { return next_ - 1; }
  [[nodiscard]] std::string_view row() const { return row_; }
  void advance() {
    valid_ = ok_ && !rows_.done();
    if (!valid_) return;
    row_ = rows_.text();
    ok_ = valid_ = rows_.ok() && next_ < end_;
    ++next_;
  }
  /// False when its bytes are not those of a block.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  BinaryReader rows_;
  JobId next_;
  JobId end_ = 0;
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

/// Walks over the jobs of blocks, in order, with from <= job < end.
class BlocksCursor {
 public:
  BlocksCursor(const Database& database, const rocksdb::ReadOptions& how, JobId from, JobId end)
      : end_{std::max(end, JobId{1})},
        end_key_{full_key(Table::job_blocks, end_ == 1 ? std::string{} : number_key(block_of(end_ - 1) + 1))},
        upper_{end_key_},
        how_{how} {
    how_.iterate_upper_bound = &upper_;
    at_.reset(database.db->NewIterator(how_, database.rows));
    at_->Seek(full_key(Table::job_blocks, block_key(std::max(from, JobId{1}))));
    enter();
    while (reader_ && reader_->job() < from) next();
  }
  BlocksCursor(const BlocksCursor&) = delete;
  BlocksCursor& operator=(const BlocksCursor&) = delete;

  [[nodiscard]] bool valid() const { return reader_ && reader_->job() < end_; }
  [[nodiscard]] std::string key() const { return number_key(reader_->job()); }
  [[nodiscard]] std::string_view row() const { return reader_->row(); }
  void next() {
    reader_->advance();
    if (reader_->valid()) return;
    if (reader_->ok()) at_->Next();
    enter();
  }
  [[nodiscard]] Result<void> check() const {
    if (damaged_) return unreadable(*damaged_);
    if (!at_->status().ok()) return from_status(at_->status(), "reading jobs");
    return {};
  }

 private:
  /// Into the block it stands on, if there is one that can be read.
  void enter() {
    if (reader_ && !reader_->ok()) damaged_ = block();
    reader_.reset();
    if (damaged_ || !at_->Valid()) return;
    reader_.emplace(block(), as_view(at_->value()));
    if (reader_->valid()) return;
    damaged_ = block();
    reader_.reset();
  }
  [[nodiscard]] JobId block() const { return read_big_endian(as_view(at_->key()).substr(1)); }

  JobId end_;
  std::string end_key_;
  rocksdb::Slice upper_;
  rocksdb::ReadOptions how_;
  std::unique_ptr<rocksdb::Iterator> at_;
  std::optional<BlockReader> reader_;
  std::optional<JobId> damaged_;
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
    status = batch.Put(family, full_key(Table::job_blocks, number_key(block)), value_);
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
  auto block = get_kept_row(database, how, Table::job_blocks, block_key(job));
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
  const auto blocks = get_kept_rows(database, how, Table::job_blocks, block_keys);
  if (!blocks) return blocks.error();
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!(*blocks)[i]) continue;
    auto row = row_in(*(*blocks)[i], read_big_endian(keys[missing[i]]));
    if (!row) return row.error();
    (*rows)[missing[i]] = std::move(*row);
  }
  return rows;
}

Result<void> scan_job_rows(const Database& database, const rocksdb::ReadOptions& how, std::string_view from,
                           std::string_view to, const ReadView::Visit& visit) {
  const std::string end = to.empty() ? end_of_table(Table::jobs) : full_key(Table::jobs, to);
  const rocksdb::Slice upper{end};
  rocksdb::ReadOptions how_own = how;
  how_own.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> own{database.db->NewIterator(how_own, database.rows)};
  own->Seek(full_key(Table::jobs, from));
  BlocksCursor in_block{database, how, first_number_from(from), to.empty() ? no_number : first_number_from(to)};
  while (own->Valid() || (own->status().ok() && in_block.valid())) {
    const std::string in_block_key = in_block.valid() ? in_block.key() : std::string{};
    const std::string_view own_key = own->Valid() ? as_view(own->key()).substr(1) : std::string_view{};
    if (own->Valid() && (!in_block.valid() || own_key <= in_block_key)) {
      const bool is_hidden = in_block.valid() && own_key == in_block_key;
      if (!visit(own_key, as_view(own->value()))) return {};
      own->Next();
      if (is_hidden) in_block.next();
    } else {
      if (!visit(in_block_key, in_block.row())) return {};
      in_block.next();
    }
  }
  if (!own->status().ok()) return from_status(own->status(), "reading jobs");
  return in_block.check();
}

Result<std::optional<std::string>> last_job_key(const Database& database, const rocksdb::ReadOptions& how,
                                                std::string_view before) {
  auto own = last_kept_key(database, how, Table::jobs, before);
  if (!own) return own;
  const JobId end = before.empty() ? no_number : first_number_from(before);
  if (end <= 1) return own;
  const auto key = last_kept_key(database, how, Table::job_blocks, number_key(block_of(end - 1) + 1));
  if (!key || !*key) return key ? own : key;
  const auto value = get_kept_row(database, how, Table::job_blocks, **key);
  if (!value) return value.error();
  const JobId block = read_big_endian(**key);
  BlockReader reader{block, *value ? std::string_view{**value} : std::string_view{}};
  JobId last = 0;
  for (; reader.valid(); reader.advance())
    if (reader.job() < end) last = reader.job();
  if (!reader.ok()) return unreadable(block);
  return std::max(*own, std::optional{number_key(last)});
}

}  // namespace breakerd
