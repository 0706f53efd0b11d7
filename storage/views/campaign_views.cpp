// Reads of campaigns and of the whole (views.hpp).

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

Result<CampaignView> make_view(const ReadView& view, const CampaignId& id, const QueueState& queue) {
  auto row = read_known_row<CampaignRow>(view, Table::campaigns, uuid_key(id));
  if (!row) return row.error();
  auto lane = read_known_row<LaneRow>(view, Table::lanes, uuid_key(id));
  if (!lane) return lane.error();
  return view_of(id, *row, *lane, queue);
}

/// A list of campaigns for a summary, and its bounds; the first one always has room. What may be long and is not
/// shown there is left out.
struct Summaries {
  std::vector<CampaignView>& items;
  std::size_t items_max = limits::sample_items_max;
  std::size_t bytes_left = limits::sample_bytes_max;  ///< of texts

  /// False when it is full.
  bool add(CampaignView&& campaign) {
    campaign.row.description = {};
    campaign.row.metadata = {};
    campaign.lane.classes = {};
    const std::size_t bytes = text_bytes(campaign);
    if (items.size() >= items_max || (bytes > bytes_left && !items.empty())) return false;
    bytes_left -= std::min(bytes, bytes_left);
    items.push_back(std::move(campaign));
    return true;
  }

 private:
  static std::size_t text_bytes(const CampaignView& campaign) {
    const CampaignRow& row = campaign.row;
    return row.name.size() + row.message.size() + row.created_by.size() + campaign.status_message.size();
  }
};

/// Appends the campaigns kept as `status` and started within (after, before), up to the list's bound.
Result<void> add_range(const ReadView& view, const QueueState& queue, CampaignStatus status, Ordinal after,
                       Ordinal before, Summaries to) {
  Result<void> outcome;
  auto ok = view.scan(Table::campaign_index, campaign_index_key(status, after, Uuid{}),
                      campaign_index_key(status, before, Uuid{}), [&](std::string_view key, std::string_view) {
                        if (to.items.size() >= to.items_max) return false;
                        auto campaign = make_view(view, read_uuid(key.substr(9)), queue);
                        if (!campaign) return outcome = campaign.error(), false;
                        return to.add(std::move(*campaign));
                      });
  if (!ok) return ok.error();
  return outcome;
}

constexpr Ordinal no_end = ~Ordinal{0};

/// The campaigns whose oldest hold is the one at `i`.
Result<void> add_generation(const ReadView& view, const QueueState& queue, std::size_t i, Summaries to) {
  return add_range(view, queue, CampaignStatus::running, i == 0 ? 0 : queue.holds[i - 1].ordinal,
                   queue.holds[i].ordinal, to);
}

}  // namespace

Result<BreakerState> read_breaker(const ReadView& view) {
  auto row = read_row<BreakerState>(view, Table::meta, meta_key::breaker);
  if (!row) return row.error();
  return *row ? std::move(**row) : BreakerState{};
}

Result<StatusView> read_status(const ReadView& view, Time now) {
  auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  auto head = read_row<HeadRow>(view, Table::meta, meta_key::head);
  if (!head) return head.error();
  auto limits = list_limits(view, limits::status_lanes_max);
  if (!limits) return limits.error();
  StatusView status;
  status.breaker = std::move(*breaker);
  status.jobs = queue->job_counts();
  status.in_flight = queue->in_flight();
  status.campaigns = queue->campaign_counts();
  status.queue_paused = queue->paused;
  status.holds = queue->holds;
  status.job_holds = queue->job_holds;
  status.limits = std::move(*limits);
  status.rollout = view_rollout(*queue, now);
  status.last_seq = *head ? (*head)->last.seq : 0;
  status.last_job = queue->last_job;
  return status;
}

Result<CampaignView> read_campaign(const ReadView& view, const CampaignId& campaign) {
  auto row = read_row<CampaignRow>(view, Table::campaigns, uuid_key(campaign));
  if (!row) return row.error();
  if (!*row) return not_found("campaign " + campaign.to_string());
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  return make_view(view, campaign, *queue);
}

Result<Page<CampaignView>> list_campaigns(const ReadView& view, std::optional<CampaignStatus> status,
                                          std::uint32_t limit, std::string_view cursor, std::uint32_t skip) {
  const auto after = cursor.empty() ? Uuid{} : Uuid::parse(cursor);
  if (!after) return invalid_field("cursor", "the next_cursor of the page before");
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  Page<CampaignView> page;
  Result<void> outcome;
  Uuid last;
  std::uint32_t looked_at = 0;
  auto ok = view.scan(Table::campaigns, uuid_key(*after) + '\0', {}, [&](std::string_view key, std::string_view) {
    if (page.items.size() == limit || looked_at++ == limits::scan_rows_max) return page.next = last.to_string(), false;
    last = read_uuid(key);
    auto campaign = make_view(view, last, *queue);
    if (!campaign) return outcome = campaign.error(), false;
    if (status && campaign->status != *status) return true;
    if (skip > 0) return --skip, true;
    page.items.push_back(std::move(*campaign));
    return true;
  });
  if (!ok) return ok.error();
  if (!outcome) return outcome.error();
  return page;
}

Result<std::optional<std::uint64_t>> count_campaigns(const ReadView& view, std::optional<CampaignStatus> status) {
  const auto queue = read_queue(view);
  if (!queue) return queue.error();
  const CampaignCounts counts = queue->campaign_counts();
  return std::optional{status ? counts.of(*status) : counts.total()};
}

std::string cursor_behind(const CampaignView& item) { return item.id.to_string(); }

Result<CampaignOverview> read_campaign_overview(const ReadView& view) {
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  CampaignOverview overview;
  overview.totals = queue->campaign_counts();
  const auto list = [&](CampaignStatus status) {
    return Summaries{overview.by_status[static_cast<std::size_t>(status)]};
  };
  Result<void> ok;
  for (const auto status : {CampaignStatus::created, CampaignStatus::completed, CampaignStatus::failed,
                            CampaignStatus::cancelled, CampaignStatus::paused})
    if (ok) ok = add_range(view, *queue, status, 0, no_end, list(status));
  const Ordinal newest = queue->newest_hold();
  if (ok) ok = add_range(view, *queue, CampaignStatus::running, newest, no_end, list(CampaignStatus::running));
  if (ok && newest != 0) ok = add_range(view, *queue, CampaignStatus::running, 0, newest, list(CampaignStatus::paused));
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < queue->holds.size(); ++i)
    if (!queue->holds[i].service.empty() && queue->generations[i].campaigns > 0) shown.push_back(i);
  const std::size_t services = std::max<std::size_t>(shown.size(), 1);
  const std::size_t items_each = std::min<std::size_t>(limits::sample_items_max, limits::overview_held_max / services);
  const std::size_t bytes_each = std::min(limits::sample_bytes_max, limits::overview_held_bytes_max / services);
  for (const std::size_t i : shown) {
    auto& items = overview.paused_by_service[queue->holds[i].service];
    if (ok) ok = add_generation(view, *queue, i, {items, items_each, bytes_each});
  }
  if (!ok) return ok.error();
  return overview;
}

Result<Sample<CampaignView>> read_paused_campaigns(const ReadView& view, std::string_view service) {
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  Sample<CampaignView> sample;
  Result<void> ok;
  for (std::size_t i = 0; i < queue->holds.size() && ok; ++i) {
    if (queue->holds[i].service != service) continue;
    sample.total += queue->generations[i].campaigns;
    ok = add_generation(view, *queue, i, {sample.items});
  }
  if (!ok) return ok.error();
  return sample;
}

}  // namespace breakerd
