#include "flood.hpp"

#include <chrono>

#include "daemon.hpp"
#include "tests/support/let_pass.hpp"

namespace breakerd::integration {
namespace {

constexpr int enqueuers = 12;
constexpr int batchers = 2;
constexpr int finishers = 3;
constexpr int finished_at_once = 64;
constexpr std::uint64_t singles_more = 300;
constexpr std::chrono::milliseconds rest{2};  // of a client, after an answer that says "not now"

void raise(std::atomic<std::uint64_t>& greatest, std::uint64_t value) {
  std::uint64_t known = greatest;
  while (known < value && !greatest.compare_exchange_weak(known, value)) {
  }
}

}  // namespace

void Flood::start(std::uint16_t port) {
  if (campaign_.empty()) make_campaign(port);
  running_ = true;
  const auto add = [&](int count, Step step) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, port, step] { play(port, step); });
  };
  add(enqueuers, &Flood::enqueue_one);
  add(batchers, &Flood::enqueue_batch);
  add(finishers, &Flood::finish_some);
}

void Flood::wait_for_more() {
  singles.acknowledged.wait_for(singles_more, "single jobs");
  batches.acknowledged.wait_for(1, "batches");
  completions.acknowledged.wait_for(1, "completions");
}

void Flood::stop() {
  running_ = false;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Flood::play(std::uint16_t port, Step step) {
  Client client{port};
  try {
    while (running_) (this->*step)(client);
  } catch (const std::exception&) {  // not what the documents say; check() tells
    ++strange_;
  }
}

void Flood::make_campaign(std::uint16_t port) {
  Client client{port};
  const Answer made = client.post("/api/v1/campaigns", {{"name", "flood"}});
  require(made.status == 201, "the campaign is answered " + made.text());
  campaign_ = made.data().at("id").get<std::string>();
  const Answer started = client.post("/api/v1/campaigns/" + campaign_ + "/start");
  require(started.status == 200, "its start is answered " + started.text());
}

bool Flood::settle(const Answer& answer, Tally& tally, std::uint64_t count) {
  if (answer.succeeded()) return true;
  const bool no_answer = answer.status == 0;
  const bool unknown = answer.status == 503 && answer.code() == "outcome_unknown";
  const bool refused = answer.status == 503 && answer.code() == "unavailable";
  if (no_answer) running_ = false;  // the daemon is gone
  if (no_answer || unknown) tally.unknown += count;
  if (!no_answer && !unknown && !refused) ++strange_;
  test::let_pass(rest);
  return false;
}

void Flood::enqueue_one(Client& client) {
  const Answer answer = client.post("/api/v1/jobs", {{"job_type", "single"}, {"payload", {{"n", 1}}}});
  if (!settle(answer, singles, 1)) return;
  ++singles.acknowledged;
  raise(last_job_, answer.data().at("id").get<std::uint64_t>());
}

void Flood::enqueue_batch(Client& client) {
  const Json job{{"job_type", "batch"}, {"campaign_id", campaign_}, {"payload", {{"n", 1}}}};
  const Answer answer = client.post("/api/v1/jobs/batch", Json(batch_jobs, job));
  if (!settle(answer, batches, 1)) return;
  ++batches.acknowledged;
  raise(last_job_, answer.data().at("last_id").get<std::uint64_t>());
}

void Flood::finish_some(Client& client) {
  Tally leases;  // a lease that nobody knows of is over some day
  const Answer leased = client.post("/api/v1/leases", {{"worker", "flood"}, {"max", finished_at_once}});
  if (!settle(leased, leases, 1)) return;
  Json items = Json::array();
  for (const Json& job : leased.data().at("jobs")) items.push_back({{"id", job.at("id")}, {"token", job.at("token")}});
  if (items.empty()) return test::let_pass(rest);
  const Answer answer = client.post("/api/v1/jobs/complete", items);
  if (!settle(answer, completions, items.size())) return;
  completions.acknowledged += answer.data().at("completed").get<std::uint64_t>();
}

void Flood::check(std::uint16_t port) {
  Client client{port};
  require(strange_ == 0, std::to_string(strange_) + " answers are none that is documented");
  const auto counts_of = [&](const std::string& target, const char* member) {
    const Answer answer = client.get(target);
    require(answer.status == 200, target + " answers " + answer.text());
    return answer.data().at(member);
  };
  const auto total = [](const Json& counts) {
    std::uint64_t sum = 0;
    for (const auto& count : counts) sum += count.get<std::uint64_t>();
    return sum;
  };
  const Json all = counts_of("/api/v1/queue-management/status", "job_counts");
  const Json of_campaign = counts_of("/api/v1/campaigns/" + campaign_, "job_counts");
  const std::uint64_t in_campaign = total(of_campaign);
  const std::uint64_t alone = total(all) - in_campaign;
  const std::uint64_t completed = all.at("COMPLETED").get<std::uint64_t>();
  require(singles.allows(alone), std::to_string(alone) + " single jobs are there, of " + singles.text());
  require(in_campaign % batch_jobs == 0, std::to_string(in_campaign) + " jobs: a batch is there in part");
  require(batches.allows(in_campaign / batch_jobs),
          std::to_string(in_campaign / batch_jobs) + " batches are there, of " + batches.text());
  require(completions.allows(completed), std::to_string(completed) + " are completed, of " + completions.text());
  if (last_job_ > 0) {
    const Answer last = client.get("/api/v1/jobs/" + std::to_string(last_job_));
    require(last.status == 200, "the last job that was acknowledged is answered " + last.text());
  }
}

}  // namespace breakerd::integration
