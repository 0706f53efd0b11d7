// What was acknowledged is there when the directory is opened again.

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

/// What one opening of the directory leaves for the next.
struct Left {
  JobId waiting = 0;
  JobId leased = 0;
  std::string token;
  JobId done = 0;
  CampaignId campaign{};
  StatusView status;
};

std::unique_ptr<Client> open(const ClientOptions& options) { return must(Client::open(options)); }

Left leave_things(Client& client) {
  Left left;
  left.campaign = must(client.create_campaign({"kept", "over a restart", R"({"n":1})"})).id;
  must(client.change_campaign(left.campaign, StartCampaign{}));
  left.leased = must(client.enqueue(job_of("kept", left.campaign))).row.id;
  left.token = lease_one(client, "kept").token;
  left.waiting = must(client.enqueue(job_of("kept", left.campaign))).row.id;
  left.done = must(client.enqueue(job_of("done"))).row.id;
  must(client.complete(left.done, lease_one(client, "done").token, R"("a result")"));
  must(client.record_failure("429 Too Many Requests", "rate_limit", "apollo"));
  left.status = must(client.status());
  return left;
}

void expect_same(Client& client, const Left& left) {
  const StatusView now = must(client.status());
  check(now.breaker == left.status.breaker && now.queue_paused && now.holds == left.status.holds,
        "the circuit and holds");
  check(now.jobs.paused == left.status.jobs.paused && now.jobs.completed == left.status.jobs.completed,
        "jobs by status");
  check(now.campaigns.total() == left.status.campaigns.total(), "all campaigns");
  check(now.last_seq == left.status.last_seq && now.last_job == left.status.last_job, "opening a log writes nothing");
  check(!client.should_allow_request(), "an OPEN circuit is OPEN after a restart");
  check(must(client.campaign(left.campaign)).status_message ==
            "Paused: circuit breaker opened by apollo: 429 Too Many Requests",
        "the campaign says why it is paused");
  check(must(client.job(left.done)).result == R"("a result")", "the result of a job");
  const JobView waiting = must(client.job(left.waiting));
  check(waiting.status == JobStatus::paused && waiting.spec->payload == job_of("kept").payload, "a waiting job");
}

void expect_goes_on(Client& client, const Left& left) {
  check(must(client.manually_close_circuit("alice", "apollo is back")), "closed after the restart");
  check(must(client.lease(lease_of("kept"))).jobs.empty(), "the campaign's job waits for its campaign");
  must(client.resume_queue());
  check(must(client.complete(left.leased, left.token)).status == JobStatus::completed,
        "the lease outlives the restart");
  must(client.change_campaign(left.campaign, SealCampaign{}));
  check(lease_one(client, "kept").job.row.id == left.waiting, "the waiting job is served");
  check(must(client.enqueue(job_of("kept"))).row.id == left.status.last_job + 1, "ids go on");
}

void expect_one_client_only(const ClientOptions& options) {
  const auto second = Client::open(options);
  const Error error = refused(second, ErrorCode::storage);
  check(error.detail.find(options.directory) != std::string::npos,
        "the error names the directory: " + error.detail);
}

}  // namespace

void close_and_reopen(const ClientOptions& options) {
  Left left;
  {
    const auto client = open(options);
    expect_one_client_only(options);
    check(client->should_allow_request(), "a refused second client changes nothing for the first");
    left = leave_things(*client);
  }
  {
    const auto client = open(options);
    expect_same(*client, left);
    expect_one_client_only(options);
    expect_goes_on(*client, left);
    check(must(client->manually_open_circuit("alice", "the end")), "opened by hand");
  }
  const auto client = open(options);
  check(!client->should_allow_request() && must(client->status()).breaker.opened_reason == "the end", "and OPEN again");
}

}  // namespace consumer
