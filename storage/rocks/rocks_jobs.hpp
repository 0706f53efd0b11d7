#pragma once
// How the jobs table is kept in RocksDB. Jobs come many at a time, and a row costs RocksDB about as much as what is in
// it; so the first rows of jobs that come in one commit share rows. Every later row of a job is one of its own, and
// hides the one it shares. Above this everything reads and writes job by job.
//
// Block b is that of the jobs from jobs_per_block * b + 1 on. It is written once, by the commit that has its first job,
// when that has jobs_to_share of its jobs or more. Its key is its first job and a zero byte, so that a walk over the
// table comes by it right before, or behind, its jobs' own rows; its value each job's row behind its length (LEB128),
// in the order of the jobs. The others have rows of their own, whose key is the job; logs of before there were blocks
// (format 2) have nothing else.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

struct Database;

inline constexpr JobId jobs_per_block = 8;
inline constexpr std::size_t jobs_to_share = 4;  ///< fewer are cheaper to read, and hardly dearer to write, alone

/// Puts the rows of jobs into a batch. They come in the order of the jobs' numbers.
class JobBlocks {
 public:
  /// Of a commit whose new jobs are those from `first_new` on.
  explicit JobBlocks(JobId first_new) : first_new_{first_new} {}

  [[nodiscard]] rocksdb::Status put(JobId job, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                                    rocksdb::WriteBatch& batch);
  /// Puts what was held back into `batch`.
  [[nodiscard]] rocksdb::Status finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch);

 private:
  JobId first_new_;
  JobId next_ = 0;     ///< the job that may be added to the block
  std::string value_;  ///< the block's so far; empty when there is none
};

// What ReadView promises of the jobs table.
[[nodiscard]] Result<std::optional<std::string>> get_job_row(const Database& database, const rocksdb::ReadOptions& how,
                                                             std::string_view key);
[[nodiscard]] Result<ReadView::Rows> get_job_rows(const Database& database, const rocksdb::ReadOptions& how,
                                                  std::span<const std::string> keys);
[[nodiscard]] Result<void> scan_job_rows(const Database& database, rocksdb::ReadOptions how, std::string_view from,
                                         std::string_view to, const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_job_key(const Database& database, const rocksdb::ReadOptions& how,
                                                              std::string_view before);

}  // namespace breakerd
