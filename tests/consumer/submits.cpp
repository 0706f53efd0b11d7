// Commands without waiting: what comes back, and that something always does.

#include <atomic>
#include <future>
#include <memory>

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

/// The outcome of a command that is submitted.
std::future<Outcome> submitted(Client& client, Command command) {
  auto told = std::make_shared<std::promise<Outcome>>();
  auto outcome = told->get_future();
  client.submit(std::move(command), "submitter", [told](Outcome came) { told->set_value(std::move(came)); });
  return outcome;
}

Outcome wait(std::future<Outcome> outcome) {
  check(outcome.wait_for(patience) == std::future_status::ready, "an outcome comes");
  return outcome.get();
}

void a_job_by_submits(Client& client) {
  const JobView job = reply<JobView>(wait(submitted(client, EnqueueJob{job_of("submitted")})));
  check(must(client.job(job.row.id)).status == JobStatus::pending, "what is told is committed");
  const auto lease = reply<LeaseAnswer>(wait(submitted(client, lease_of("submitted"))));
  check(lease.jobs.size() == 1 && lease.jobs[0].job.row.id == job.row.id, "the one job there is");
  const std::string token = lease.jobs[0].token;
  check(reply<JobView>(wait(submitted(client, CompleteJob{job.row.id, token, "1"}))).status == JobStatus::completed,
        "it ends");
  refused(wait(submitted(client, CompleteJob{job.row.id, "00000000000000000000000000000000", "1"})),
          ErrorCode::stale_lease);
}

void campaigns_by_submits(Client& client) {
  CreateCampaign create;
  create.name = "submitted";
  const auto campaign = reply<CampaignView>(wait(submitted(client, create)));
  ChangeCampaign start;
  start.campaign = campaign.id;
  check(must(client.campaign(campaign.id)).row.name == "submitted", "it is there");
}

void refusals(Client& client) {
  refused(wait(submitted(client, EnqueueJob{job_of({})})), ErrorCode::invalid);
  JobSpec bad = job_of("submitted");
  bad.payload = "{";
  refused(wait(submitted(client, EnqueueJob{std::move(bad)})), ErrorCode::invalid);
  client.submit(EnqueueJob{job_of({})}, "submitter", [](const Outcome&) { throw std::runtime_error{"of its own"}; });
  check(client.should_allow_request(), "a bad command opens nothing");

  refused(wait(submitted(client, RecordFailure{"429", "http", "no such label!", 0, {}})), ErrorCode::invalid);
  check(!client.should_allow_request(), "a failure counts, whatever its label");
  const auto closed = reply<CircuitAnswer>(wait(submitted(client, CloseCircuit{"back", std::nullopt})));
  check(closed.changed && client.should_allow_request(), "and is closed again");
}

/// Each outcome submits the next command.
class Chain {
 public:
  Chain(Client& client, unsigned links) : client_{client}, left_{links} {}

  void go() {
    client_.submit(EnqueueJob{job_of("chain")}, "submitter", [this](const Outcome& outcome) {
      if (!outcome) return over_.set_value(false);
      if (--left_ == 0) return over_.set_value(true);
      go();
    });
  }
  bool wait() {
    auto over = over_.get_future();
    check(over.wait_for(patience) == std::future_status::ready, "the chain ends");
    return over.get();
  }

 private:
  Client& client_;
  unsigned left_;
  std::promise<bool> over_;
};

void many_under_way(Client& client) {
  const auto before = must(client.status()).jobs.pending;
  Chain one{client, 100};
  Chain other{client, 100};
  one.go();
  other.go();
  check(one.wait() && other.wait(), "every link holds");
  check(must(client.status()).jobs.pending == before + 200, "each of them is a job");
  client.submit(EnqueueJob{job_of("chain")}, "submitter",
                [](const Outcome&) { throw std::runtime_error{"of its own"}; });
  must(client.enqueue(job_of("chain")));
  const auto leases = must(client.lease(lease_of("chain", 1'000)));
  check(leases.jobs.size() == 202, "all of them can be leased");
  for (const LeasedJob& job : leases.jobs) must(client.complete(job.job.row.id, job.token));
}

}  // namespace

void everything_by_submits(Client& client) {
  a_job_by_submits(client);
  campaigns_by_submits(client);
  refusals(client);
  many_under_way(client);
}

void outcomes_come_whatever_happens(const ClientOptions& options) {
  constexpr unsigned commands = 2'000;
  std::atomic<unsigned> kept = 0;
  std::atomic<unsigned> unavailable = 0;
  std::atomic<unsigned> otherwise = 0;
  std::atomic<unsigned> campaigns = 0;
  std::uint64_t before = 0;
  {
    const auto client = must(Client::open(options));
    Client* const leaving = client.get();
    before = must(client->status()).jobs.pending;
    for (unsigned i = 0; i < commands; ++i)
      client->submit(EnqueueJob{job_of("at the end")}, "submitter", [&, leaving](const Outcome& outcome) {
        ++(outcome ? kept : outcome.error().code == ErrorCode::unavailable ? unavailable : otherwise);
        // Submitting once more on the way out: it comes back, too.
        // Some of these come when the client is on its way out.
        if (outcome)
          leaving->submit(Heartbeat{1, "00000000000000000000000000000000"}, "submitter", [](const Outcome&) {});
      });
    for (unsigned i = 0; i < 100; ++i) {
      CreateCampaign create;
      create.name = "at the end";
      client->submit(create, "submitter", [&](const Outcome& outcome) {
        const bool told = outcome || outcome.error().code == ErrorCode::outcome_unknown ||
                          outcome.error().code == ErrorCode::unavailable;
        ++(told ? campaigns : otherwise);
      });
    }
  }
  check(kept + unavailable == commands && campaigns == 100 && otherwise == 0,
        "a client that goes leaves nobody without an outcome");
  const auto client = must(Client::open(options));
  check(must(client->status()).jobs.pending == before + kept, "what was told is so");
}

}  // namespace consumer
