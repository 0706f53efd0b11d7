#pragma once
// Looks at the rows of many jobs, for reads that count. Internal to storage/views.

#include <functional>
#include <unordered_map>
#include <vector>

#include <breakerd/events/model/rows.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

/// Reads rows of jobs many at once, and hands each to `visit`. An error of `visit` ends it.
class JobVisits {
 public:
  using Visit = std::function<Result<void>(const JobRow&)>;
  JobVisits(const ReadView& view, Visit visit) : view_{view}, visit_{std::move(visit)} {}

  /// False: ended by an error. There may be no job of that number.
  bool add(JobId job);
  /// The ones that were added and not visited yet.
  [[nodiscard]] Result<void> finish();

 private:
  bool visit_gathered();

  const ReadView& view_;
  Visit visit_;
  std::vector<std::string> keys_;
  Result<void> outcome_;
};

/// Of the jobs in the sets of `table`, or of `ids`, when some are given.
[[nodiscard]] Result<void> visit_jobs(const ReadView& view, Table table, const std::vector<JobId>& ids,
                                      JobVisits::Visit visit);

/// Whether campaigns have ended; each is read once.
class EndedCampaigns {
 public:
  explicit EndedCampaigns(const ReadView& view) : view_{view} {}
  [[nodiscard]] Result<bool> has(const CampaignId& id);

 private:
  const ReadView& view_;
  std::unordered_map<CampaignId, bool> known_;
};

}  // namespace breakerd
