#pragma once
// The sets of one index table as the projector changes them: a write-back cache over the stored rows. Single-threaded.

#include <string>
#include <string_view>
#include <vector>

#include <breakerd/storage/projection/row_cache.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_batch.hpp>

namespace breakerd {

class JobSets {
 public:
  /// Reads sets that are not cached from what `base` gives: it must show everything flushed and committed so far.
  JobSets(Table table, const ReadView& base);

  /// `key` is that of the set that `job` belongs to. `is_first` tells that no set of its lane (and type) has had a job
  /// until now: there is none to be read then. Adding a job that is in, and removing one that is not, changes nothing.
  [[nodiscard]] Result<void> add(std::string_view key, JobId job, bool is_first);
  [[nodiscard]] Result<void> remove(std::string_view key, JobId job);

  /// Puts every changed set into `batch`, and erases those that have become empty.
  void flush(RowBatch& batch);

  /// Every set whose key begins with `prefix` is gone, by erase_prefix() into the batch to come.
  void forget(std::string_view prefix);

  /// Drops everything cached and not flushed.
  void clear();

 private:
  struct Cached {
    JobSet set;
    bool dirty = false;
  };
  [[nodiscard]] Result<Cached*> find(std::string_view key, bool is_first);
  void mark_changed(Cached& cached);

  const Table table_;
  const ReadView& base_;
  RowCache<std::string, Cached> sets_;
  std::vector<std::string> dirty_;
  std::string key_;  ///< reused: the one looked for last
};

}  // namespace breakerd
