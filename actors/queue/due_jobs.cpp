#include <breakerd/actors/queue/due_jobs.hpp>

#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

void DueJobs::clear() {
  near_.clear();
  horizon_ = {Time{}, 0};
}

void DueJobs::insert(Entry job) {
  if (job > horizon_) return;
  near_.insert(job);
  if (near_.size() <= jobs_max) return;
  near_.erase(std::prev(near_.end()));
  horizon_ = *near_.rbegin();
}

std::optional<DueJobs::Entry> DueJobs::front() const {
  if (near_.empty()) return std::nullopt;
  return *near_.begin();
}

Result<bool> DueJobs::refill(const ReadView& view) {
  if (!wants_refill()) return false;
  const std::string clock(1, static_cast<char>(clock_));
  const std::string from = due_key({horizon_.first, clock_}, horizon_.second) + '\0';
  bool stopped = false;
  auto ok = view.scan(Table::due, from, after_prefix(clock), [&](std::string_view key, std::string_view) {
    if (near_.size() == refill_jobs) return stopped = true, false;
    const auto at = static_cast<Duration::rep>(read_big_endian(key.substr(1)));
    near_.emplace(Time{Duration{at}}, read_big_endian(key.substr(1 + sizeof(std::uint64_t))));
    return true;
  });
  if (!ok) return near_.clear(), ok.error();
  horizon_ = stopped ? *near_.rbegin() : end;
  return true;
}

}  // namespace breakerd
