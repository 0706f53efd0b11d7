// Events, lists and a job's history, page by page.

#include <algorithm>

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

/// All items of a list, over as many pages as it takes.
template <class Item, class Fetch>
std::vector<Item> all_pages(const Fetch& fetch) {
  std::vector<Item> items;
  std::string cursor;
  do {
    Page<Item> page = must(fetch(cursor));
    std::move(page.items.begin(), page.items.end(), std::back_inserter(items));
    cursor = std::move(page.next);
  } while (!cursor.empty());
  return items;
}

void lists_of_jobs(Client& client) {
  CreateCampaign create;
  create.name = "to be read";
  const CampaignId campaign = must(client.create_campaign(create)).id;
  must(client.change_campaign(campaign, StartCampaign{}));
  must(client.enqueue_batch(std::vector<JobSpec>(5, job_of("read", campaign))));
  must(client.enqueue(job_of("read")));
  const LeasedJob leased = lease_one(client, "read");

  JobFilter filter;
  filter.job_type = "read";
  const auto fetch = [&](std::string_view cursor) { return client.list_jobs(filter, 2, cursor); };
  check(all_pages<JobView>(fetch).size() == 6, "all jobs of the type, over pages of two");
  filter.campaign = campaign;
  check(all_pages<JobView>(fetch).size() == 5, "the campaign's");
  filter.status = JobStatus::processing;
  const auto processing = all_pages<JobView>(fetch);
  check(processing.size() == 1 && processing[0].row.id == leased.job.row.id, "by status too");
  filter.campaign = CampaignId{};
  filter.campaign->bytes[0] = 1;
  refused(client.list_jobs(filter), ErrorCode::not_found);
  refused(client.list_jobs({}, 0), ErrorCode::invalid);
  refused(client.list_jobs({}, 1'001), ErrorCode::invalid);
  refused(client.list_jobs({}, 10, "no cursor"), ErrorCode::invalid);

  must(client.complete(leased.job.row.id, leased.token));
  const EventPage history = must(client.job_history(leased.job.row.id));
  std::vector<std::string> types;
  for (const EventView& event : history.events) types.emplace_back(event.type);
  check(types == std::vector<std::string>{"JobEnqueued", "JobLeased", "JobCompleted"}, "a job's history");
  const EventPage later = must(client.job_history(leased.job.row.id, history.events[0].seq + 1, 1));
  check(later.events.size() == 1 && later.events[0].type == "JobLeased", "from a seq, so many");
  refused(client.job_history(1'000'000'000), ErrorCode::not_found);

  for (const JobView& job : all_pages<JobView>([&](std::string_view cursor) {
         JobFilter waiting;
         waiting.job_type = "read";
         waiting.status = JobStatus::pending;
         return client.list_jobs(waiting, 100, cursor);
       }))
    must(client.cancel(job.row.id, "read"));
}

void why_and_who(Client& client) {
  const JobId held = must(client.enqueue(job_of("why"))).row.id;
  const LeasedJob leased = lease_one(client, "why");
  const JobId waits = must(client.enqueue(job_of("why"))).row.id;
  check(leased.job.row.id == held, "the only one of its type");
  const JobWhy why = must(client.why(held));
  check(why.status == JobStatus::processing && !why.runnable() && why.conditions.size() == 1, "one condition");
  check(why.conditions[0].kind == ConditionKind::lease && why.conditions[0].by == leased.job.row.worker,
        "its worker holds it");
  check(why.conditions[0].until >= leased.expires_at, "until its lease ends");
  for (const Condition& condition : must(client.why(waits)).conditions)
    check(condition.kind == ConditionKind::lane, "nothing but other jobs");
  refused(client.why(1'000'000'000), ErrorCode::not_found);

  const auto workers = all_pages<WorkerView>([&](std::string_view cursor) { return client.list_workers(1, cursor); });
  const auto worker = std::find_if(workers.begin(), workers.end(), [&](const WorkerView& one) {
    return std::any_of(one.jobs.begin(), one.jobs.end(), [&](const HeldJob& job) { return job.id == held; });
  });
  check(worker != workers.end() && worker->name == leased.job.row.worker, "it is listed with its job");
  refused(client.list_workers(0), ErrorCode::invalid);
  must(client.complete(held, leased.token));
  must(client.cancel(waits, "read"));
  check(must(client.why(held)).conditions.at(0).kind == ConditionKind::ended, "it has ended");
}

void lists_of_campaigns(Client& client) {
  const auto all =
      all_pages<CampaignView>([&](std::string_view cursor) { return client.list_campaigns(std::nullopt, 1, cursor); });
  check(all.size() == must(client.status()).campaigns.total(), "all campaigns, over pages of one");
  const auto running = all_pages<CampaignView>(
      [&](std::string_view cursor) { return client.list_campaigns(CampaignStatus::running, 100, cursor); });
  check(!running.empty() &&
            std::all_of(running.begin(), running.end(),
                        [](const CampaignView& campaign) { return campaign.status == CampaignStatus::running; }),
        "those that run");
  refused(client.list_campaigns(std::nullopt, 0), ErrorCode::invalid);
}

void the_log(Client& client) {
  const Seq last = must(client.status()).last_seq;
  Seq next = 1;
  Seq seen = 0;
  while (next <= last) {
    const EventPage page = must(client.read_events(next, 1'000));
    for (const EventView& event : page.events) check(event.seq == ++seen, "every event, in order");
    next = page.next;
  }
  check(seen == last, "up to the last one");
  check(must(client.read_events(last + 1)).events.empty(), "there is nothing behind it");
  const EventPage openings = must(client.read_events(1, 10, {"CircuitOpened", "breaker"}));
  check(!openings.events.empty() && openings.events[0].type == "CircuitOpened", "by type and stream");
  refused(client.read_events(1, 10, {"NoSuchThing", {}}), ErrorCode::invalid);
  refused(client.read_events(1, 0), ErrorCode::invalid);
}

}  // namespace

void reads_of_what_is_committed(Client& client) {
  lists_of_jobs(client);
  why_and_who(client);
  lists_of_campaigns(client);
  the_log(client);
}

}  // namespace consumer
