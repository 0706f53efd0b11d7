#include <breakerd/storage/projection/job_sets.hpp>

#include <algorithm>

namespace breakerd {
namespace {

constexpr std::size_t cached_sets_per_half = 1'024;

}  // namespace

JobSets::JobSets(Table table, const ReadView& base) : table_{table}, base_{base}, sets_{cached_sets_per_half} {}

Result<JobSets::Cached*> JobSets::find(std::string_view key, bool is_first) {
  key_ = key;
  if (Cached* cached = sets_.find(key_)) return cached;
  Cached read;
  if (!is_first) {
    auto bytes = base_.get(table_, key_);
    if (!bytes) return bytes.error();
    if (*bytes) {
      auto set = JobSet::decode(**bytes);
      if (!set) return set.error();
      read.set = *set;
    }
  }
  return &sets_.insert(key_, read);
}

void JobSets::mark_changed(Cached& cached) {
  if (cached.dirty) return;
  cached.dirty = true;
  dirty_.push_back(key_);
}

Result<void> JobSets::add(std::string_view key, JobId job, bool is_first) {
  auto cached = find(key, is_first);
  if (!cached) return cached.error();
  (*cached)->set.add(job);
  mark_changed(**cached);
  return {};
}

Result<void> JobSets::remove(std::string_view key, JobId job) {
  auto cached = find(key, false);
  if (!cached) return cached.error();
  (*cached)->set.remove(job);
  mark_changed(**cached);
  return {};
}

void JobSets::flush(RowBatch& batch) {
  for (const std::string& key : dirty_) {
    Cached& cached = *sets_.find(key);
    cached.dirty = false;
    if (cached.set.empty())
      batch.erase(table_, key);
    else
      batch.put(table_, key, cached.set.encode());
  }
  dirty_.clear();
  sets_.turn_over();
}

void JobSets::forget(std::string_view prefix) {
  std::erase_if(dirty_, [&](const std::string& key) { return key.starts_with(prefix); });
  sets_.erase_if([&](const std::string& key) { return key.starts_with(prefix); });
}

void JobSets::clear() {
  sets_.clear();
  dirty_.clear();
}

}  // namespace breakerd
