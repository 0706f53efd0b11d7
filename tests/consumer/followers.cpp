// Following the log: from a seq, at one's own pace, over a restart; leaving it; and what a callback may do.

#include <atomic>
#include <exception>
#include <future>
#include <memory>

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

/// Where a follower stops in the middle of a call until it is let go on.
class Barrier {
 public:
  void reach() {
    std::unique_lock lock{mutex_};
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock{mutex_};
    check(changed_.wait_for(lock, patience, [this] { return reached_; }), "the follower is called");
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

void history_first_then_what_is_new(Client& client) {
  const Seq end = must(client.status()).last_seq;
  Heard all;
  Heard some;
  const Subscription from_first = must(client.subscribe([&](const CommittedEvent& event) { all.add(event); }, 1));
  const Subscription from_later = must(client.subscribe([&](const CommittedEvent& event) { some.add(event); }, end));
  check(from_first.from() == 1 && from_later.from() == end, "a subscription says where it begins");
  must(client.cancel(must(client.enqueue(job_of("followed"))).row.id, "enough"));
  all.check_all(0, end + 2);
  some.check_all(end - 1, end + 2);

  refused(client.subscribe([](const CommittedEvent&) {}, end + 1'000), ErrorCode::invalid);
  refused(client.subscribe([](const CommittedEvent&) {}, 0), ErrorCode::invalid);
  refused(client.subscribe(nullptr), ErrorCode::invalid);
}

/// One that is stuck in its first call holds up neither the writer nor the others, and gets everything afterwards.
void a_slow_one_holds_up_nobody(Client& client) {
  Barrier barrier;
  Heard slow;
  Heard quick;
  const Seq after = must(client.status()).last_seq;
  const Subscription stuck = must(client.subscribe([&](const CommittedEvent& event) {
    barrier.reach();
    slow.add(event);
  }));
  const Subscription other = must(client.subscribe([&](const CommittedEvent& event) { quick.add(event); }));
  CreateCampaign create;
  create.name = "slowly";
  const CampaignId campaign = must(client.create_campaign(create)).id;
  barrier.wait_until_reached();
  // More than is kept in memory.
  must(client.enqueue_batch(std::vector<JobSpec>(6'000, job_of("slowly", campaign))));
  quick.check_all(after, after + 6'001);
  check(slow.types().empty(), "it is stuck");
  barrier.open();
  slow.check_all(after, after + 6'001);
  must(client.change_campaign(campaign, CancelCampaign{}));
}

void fail_to_leave() { std::terminate(); }

void who_leaves_hears_no_more(Client& client) {
  const auto held = std::make_shared<int>(0);
  Subscription subscription = must(client.subscribe([held](const CommittedEvent&) { fail_to_leave(); }));
  subscription.end();
  check(held.use_count() == 1, "the function is destroyed with its subscription");
  must(client.cancel(must(client.enqueue(job_of("unheard"))).row.id, "enough"));

  // From within the call.
  Subscription own;
  std::promise<void> begins;
  const auto ends = std::make_shared<std::promise<void>>();
  std::atomic<unsigned> calls = 0;
  auto ready = begins.get_future();
  own = must(client.subscribe([&, ends](const CommittedEvent&) {
    ready.wait();
    ++calls;
    own.end();
    ends->set_value();
  }));
  begins.set_value();
  const EnqueuedBatch two = must(client.enqueue_batch(std::vector<JobSpec>(2, job_of("unheard"))));
  check(ends->get_future().wait_for(patience) == std::future_status::ready, "it ends itself");
  Heard behind;
  const Seq last = must(client.status()).last_seq;
  const Subscription later = must(client.subscribe([&](const CommittedEvent& event) { behind.add(event); }, last));
  behind.check_all(last - 1, last);
  check(calls == 1, "it was called once");
  for (JobId job = two.first_id; job <= two.last_id; ++job) must(client.cancel(job, "enough"));
}

/// What a callback found when it made a call.
template <class Call>
auto from_within_a_callback(Client& client, Call call) {
  using Found = decltype(call());
  auto told = std::make_shared<std::promise<Found>>();
  auto found = told->get_future();
  auto once = std::make_shared<std::atomic<bool>>(false);
  const Subscription subscription = must(client.subscribe(
      [=](const CommittedEvent&) {
        if (!once->exchange(true)) told->set_value(call());
      },
      1));
  check(found.wait_for(patience) == std::future_status::ready, "a call from within a callback comes back");
  return found.get();
}

template <class Call>
auto from_within_an_outcome(Client& client, Call call) {
  using Found = decltype(call());
  auto told = std::make_shared<std::promise<Found>>();
  auto found = told->get_future();
  client.submit(Heartbeat{1, "00000000000000000000000000000000"}, "follower",
                [=](const Outcome&) { told->set_value(call()); });
  check(found.wait_for(patience) == std::future_status::ready, "a call from within an outcome comes back");
  return found.get();
}

void a_callback_may_read_and_submit_but_not_wait(Client& client) {
  const auto enqueue = [&client] { return client.enqueue(job_of("never")); };
  const auto status = [&client] { return client.status(); };
  const auto subscribe = [&client] {
    const auto answer = client.subscribe([](const CommittedEvent&) {});
    return answer ? Result<int>{0} : Result<int>{answer.error()};
  };
  const StatusView before = must(client.status());
  const Error error = refused(from_within_a_callback(client, enqueue), ErrorCode::invalid);
  check(error.detail.find("callback") != std::string::npos && error.detail.find("submit()") != std::string::npos,
        "the error says what is wrong and what to do: " + error.detail);
  refused(from_within_an_outcome(client, enqueue), ErrorCode::invalid);
  refused(from_within_a_callback(client, subscribe), ErrorCode::invalid);
  check(must(from_within_a_callback(client, status)).last_seq == before.last_seq,
        "reads are allowed, nothing was done");
  check(must(from_within_an_outcome(client, status)).last_seq == before.last_seq, "reads are allowed there too");

  // A failure is never lost.
  Heard heard;
  const Subscription watching = must(client.subscribe([&](const CommittedEvent& event) { heard.add(event); }));
  refused(from_within_a_callback(client, [&client] { return client.record_failure("429", "http", "apollo"); }),
          ErrorCode::outcome_unknown);
  heard.wait_for("CircuitOpened");
  check(!client.should_allow_request(), "a failure reported from within a callback opens the circuit");
  must(client.manually_close_circuit("alice", "back"));
}

}  // namespace

void followers_of_the_log(Client& client) {
  history_first_then_what_is_new(client);
  a_slow_one_holds_up_nobody(client);
  who_leaves_hears_no_more(client);
  a_callback_may_read_and_submit_but_not_wait(client);
}

void a_follower_over_restarts(const ClientOptions& options) {
  Heard heard;
  Seq last = 0;
  Subscription outlives;
  for (unsigned run = 0; run < 3; ++run) {
    const auto client = must(Client::open(options));
    const Seq next = last + 1;
    outlives = must(client->subscribe([&](const CommittedEvent& event) { heard.add(event); }, next));
    check(outlives.from() == next, "it goes on behind what it has heard");
    for (unsigned i = 0; i < 10; ++i) must(client->enqueue(job_of("followed")));
    last = must(client->status()).last_seq;
    // The client goes while the follower may be far behind.
  }
  heard.check_all(0, last);
  check(heard.types().size() == last, "each event once, over all restarts");
}

}  // namespace consumer
