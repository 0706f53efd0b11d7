// Jobs that a plan has parked: the list of them, and the commands that release or cancel those that match.

#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/api/start_job_command.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {

void list_parked(Call& call) {
  Query query{call.request.query};
  JobFilter filter;
  const std::string campaign = query.text("campaign_id");
  filter.campaign = Uuid::parse(campaign);
  if (!campaign.empty() && !filter.campaign) query.refuse("campaign_id", "a UUID");
  filter.job_type = query.text("job_type");
  filter.service = query.text("service");
  PageAsk ask;
  ask.limit = take_limit(query);
  ask.cursor = query.text("cursor");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([filter = std::move(filter), ask = std::move(ask)](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t) {
      return list_parked_jobs(view, filter, step, from);
    };
    const auto count = [] { return Result<std::optional<std::uint64_t>>{std::nullopt}; };
    return page_body("jobs", ask, fetch, count, write_job);
  });
}

void release_parked(Call& call) { start_job_command(call, JobCommandKind::release_parked); }
void cancel_parked(Call& call) { start_job_command(call, JobCommandKind::cancel_parked); }

}  // namespace breakerd::http::calls
