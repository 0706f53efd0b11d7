// replay() of offline.hpp.

#include <algorithm>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/log/log_walk.hpp>
#include <breakerd/storage/offline/log_fold.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// The first campaigns in order of creation.
std::vector<CampaignView> first_campaigns(LogFold& fold) {
  std::vector<std::pair<Seq, CampaignId>> order;
  order.reserve(fold.campaigns().size());
  for (const auto& [id, row] : fold.campaigns()) order.emplace_back(row.created, id);
  std::sort(order.begin(), order.end());
  if (order.size() > limits::sample_items_max) order.resize(limits::sample_items_max);
  std::vector<CampaignView> views;
  views.reserve(order.size());
  for (const auto& [seq, id] : order)
    views.push_back(view_of(id, fold.campaigns().at(id), fold.lane_of(id), fold.queue()));
  return views;
}

StatusView status_of(LogFold& fold, Seq last) {
  StatusView status;
  status.breaker = fold.breaker();
  status.jobs = fold.queue().job_counts();
  status.in_flight = fold.queue().in_flight();
  status.campaigns = fold.queue().campaign_counts();
  status.queue_paused = fold.queue().paused;
  status.holds = fold.queue().holds;
  status.job_holds = fold.queue().job_holds;
  for (const LeaseLimit& limit : fold.limits()) status.limits.limits.push_back({limit, {}, {}});
  status.last_seq = last;
  status.last_job = fold.queue().last_job;
  return status;
}

/// Folds up to the place; gives the last seq that counts. When that is the log's end, it must be one that a log can
/// have; unless its newest part is not known.
Result<Seq> fold_until(const ReadView& view, const ReplayUntil& until, bool is_whole, LogFold& fold) {
  Seq last = 0;
  bool ended = true;
  Result<void> outcome;
  auto walked = walk_log(view, [&](const WalkedEvent& walk) {
    if (until.seq && walk.seq > *until.seq) return ended = false;
    if (!walk.chains)
      return outcome = make_error(ErrorCode::corrupt, "event " + std::to_string(walk.seq) + " does not chain"), false;
    auto event = decode_event(walk.body);
    if (!event)
      return outcome =
                 make_error(ErrorCode::corrupt, "event " + std::to_string(walk.seq) + ": " + event.error().detail),
             false;
    if (until.time && event->time > *until.time) return ended = false;
    outcome = fold.apply(walk.seq, *event);
    if (!outcome) return false;
    last = walk.seq;
    return true;
  });
  if (!outcome) return outcome.error();
  if (!walked) return walked.error();
  if (ended && is_whole)
    if (auto ok = fold.end_log(); !ok) return ok.error();
  return last;
}

/// What a reader must know of a log that is not whole.
Result<std::string> warning_of(const Inspection& inspection) {
  if (!inspection.damage.empty()) return "the newest part of the log cannot be read: " + inspection.damage;
  const auto end = last_event(*inspection.view);
  if (!end) return end.error();
  return head_problem(*inspection.view, inspection.head, *end);
}

}  // namespace

Result<ReplayReport> replay(const std::filesystem::path& directory, const ReplayUntil& until, const Clock& clock) {
  const SteadyTime began = clock.steady();
  auto inspection = inspect(directory);
  if (!inspection) return inspection.error();
  LogFold fold;
  auto last = fold_until(*inspection->view, until, inspection->damage.empty(), fold);
  if (!last) return last.error();
  if (until.seq && *last < *until.seq) {
    if (!inspection->damage.empty()) return make_error(ErrorCode::corrupt, inspection->damage);
    return invalid_field("until", "a seq of the log, which ends at " + std::to_string(*last));
  }
  // Without the newest part, what comes next is not known: only places before it can be told.
  if (!until.seq && !inspection->damage.empty()) return make_error(ErrorCode::corrupt, inspection->damage);

  ReplayReport report;
  report.status = status_of(fold, *last);
  report.campaigns = first_campaigns(fold);
  if (*last > 0) {
    auto page = read_events(*inspection->view, *last, 1, {});
    if (!page) return page.error();
    report.last = std::move(page->events.front());
    report.status.rollout = view_rollout(fold.queue(), report.last->time);
  }
  auto warning = warning_of(*inspection);
  if (!warning) return warning.error();
  report.warning = std::move(*warning);
  report.took = clock.steady() - began;
  return report;
}

}  // namespace breakerd
