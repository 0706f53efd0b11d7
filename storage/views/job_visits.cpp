#include <breakerd/storage/views/job_visits.hpp>

#include <algorithm>

#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::size_t rows_at_once = 256;

}  // namespace

bool JobVisits::add(JobId job) {
  keys_.push_back(number_key(job));
  return keys_.size() < rows_at_once || visit_gathered();
}

Result<void> JobVisits::finish() {
  if (outcome_) (void)visit_gathered();  // `outcome_` says why not
  return outcome_;
}

bool JobVisits::visit_gathered() {
  auto rows = view_.get_many(Table::jobs, keys_);
  if (!rows) return outcome_ = rows.error(), false;
  for (std::size_t i = 0; i < keys_.size() && outcome_; ++i) {
    if (!(*rows)[i]) continue;
    auto row = decode_row<JobRow>(Table::jobs, keys_[i], *(*rows)[i]);
    outcome_ = row ? visit_(*row) : Result<void>{row.error()};
  }
  keys_.clear();
  return outcome_.has_value();
}

Result<void> visit_jobs(const ReadView& view, Table table, const std::vector<JobId>& ids, JobVisits::Visit visit) {
  JobVisits visits{view, std::move(visit)};
  const auto add = [&](JobId id) { return visits.add(id); };
  if (ids.empty()) {
    if (auto ok = scan_jobs(view, table, {}, 0, add); !ok) return ok;
  } else {
    (void)std::all_of(ids.begin(), ids.end(), add);  // false: finish() says why
  }
  return visits.finish();
}

Result<bool> EndedCampaigns::has(const CampaignId& id) {
  if (id.is_nil()) return false;
  if (const auto at = known_.find(id); at != known_.end()) return at->second;
  auto lane = read_known_row<LaneRow>(view_, Table::lanes, uuid_key(id));
  if (!lane) return lane.error();
  return known_.emplace(id, is_terminal(lane->status)).first->second;
}

}  // namespace breakerd
