// Everything again, as requests of an actor of one's own to the typed handles.

#include "asker.hpp"
#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

SubscriberHandle::behavior_type listener(SubscriberHandle::pointer /*self*/, Heard* heard) {
  return {[heard](const CommittedEvents& events) {
    for (const CommittedEvent& event : *events) heard->add(event);
  }};
}

/// The steps, and what one step tells a later one.
class Requests {
 public:
  explicit Requests(Client& client) : client_{client}, actors_{client} {}

  [[nodiscard]] std::deque<Asker::Step> all(const SubscriberHandle& subscriber, Seq& after) {
    steps_.push_back([&after, subscriber, this](Asker& asker) { asker.subscribe(actors_.feed(), subscriber, after); });
    jobs();
    campaigns();
    circuit();
    refusals();
    return std::move(steps_);
  }

 private:
  /// One step: the command is made when its turn comes.
  template <class Handle>
  void step(const Handle& whom, std::function<Command()> command, Asker::Expect expect) {
    steps_.push_back([whom, command, expect](Asker& asker) { asker.ask(whom, command(), expect); });
  }

  template <class Handle>
  void step(const Handle& whom, Command command, Asker::Expect expect) {
    step(
        whom, [command] { return command; }, std::move(expect));
  }

  [[nodiscard]] Asker::Expect job_reads(JobStatus status) {
    return [this, status](const Outcome& outcome) {
      const auto job = reply<JobView>(outcome);
      check(job.status == status, "job reads " + std::string{to_string(job.status)});
      job_ = job.row.id;
    };
  }

  [[nodiscard]] Asker::Expect campaign_reads(CampaignStatus status) {
    return [this, status](const Outcome& outcome) {
      const auto campaign = reply<CampaignView>(outcome);
      check(campaign.status == status, "campaign reads " + std::string{to_string(campaign.status)});
      campaign_ = campaign.id;
    };
  }

  [[nodiscard]] Asker::Expect circuit_reads(CircuitState state, bool changed) {
    return [this, state, changed](const Outcome& outcome) {
      const auto answer = reply<CircuitAnswer>(outcome);
      check(answer.breaker.state == state && answer.changed == changed, "the circuit's answer");
      check(client_.should_allow_request() == (state == CircuitState::closed), "the gate follows");
    };
  }

  [[nodiscard]] static Asker::Expect is_refused(ErrorCode code) {
    return [code](const Outcome& outcome) { refused(outcome, code); };
  }

  void lease(const std::string& type) {
    step(actors_.queue(), Command{lease_of(type)}, [this](const Outcome& outcome) {
      const auto answer = reply<LeaseAnswer>(outcome);
      check(answer.jobs.size() == 1, "one job is leased");
      token_ = answer.jobs[0].token;
    });
  }

  void jobs() {
    const auto queue = actors_.queue();
    step(queue, EnqueueJob{job_of("r")}, job_reads(JobStatus::pending));
    lease("r");
    step(
        queue,
        [this] {
          return Heartbeat{job_, token_};
        },
        [](const Outcome& outcome) { check(!reply<HeartbeatAnswer>(outcome).stop, "no reason to stop"); });
    step(
        queue,
        [this] {
          return ReleaseJob{job_, token_};
        },
        job_reads(JobStatus::pending));
    lease("r");
    step(
        queue,
        [this] {
          return FailJob{job_, token_, "bad input", "value", {}, true, 0};
        },
        job_reads(JobStatus::pending));
    lease("r");
    step(
        queue,
        [this] {
          return CompleteJob{job_, token_, "[1]"};
        },
        job_reads(JobStatus::completed));
    step(
        queue,
        [this] {
          return CompleteJob{job_, token_, "[1]"};
        },
        is_refused(ErrorCode::stale_lease));
    step(queue, EnqueueJobs{{job_of("rb"), job_of("rb")}}, [this](const Outcome& outcome) {
      const auto batch = reply<EnqueuedBatch>(outcome);
      check(batch.count == 2, "both were enqueued");
      job_ = batch.first_id;
    });
    step(
        queue,
        [this] {
          return CancelJob{job_, "not needed"};
        },
        job_reads(JobStatus::cancelled));
    step(
        queue,
        [this] {
          return CancelJob{job_ + 1, {}};
        },
        job_reads(JobStatus::cancelled));
  }

  void act(CampaignAction action, CampaignStatus status) {
    step(
        actors_.campaigns(),
        [this, action] {
          return ChangeCampaign{campaign_, action};
        },
        campaign_reads(status));
  }

  void campaigns() {
    const auto queue = actors_.queue();
    step(actors_.campaigns(), CreateCampaign{"by requests", {}, {}}, campaign_reads(CampaignStatus::created));
    UpdateCampaign update;
    update.description = "changed";
    act(update, CampaignStatus::created);
    act(StartCampaign{}, CampaignStatus::running);
    act(PauseCampaign{"lunch"}, CampaignStatus::paused);
    act(ResumeCampaign{}, CampaignStatus::running);
    const auto counts = [](std::uint64_t paused, std::uint64_t resumed) {
      return [=](const Outcome& outcome) {
        const auto answer = reply<HoldsAnswer>(outcome);
        check(answer.campaigns_paused == paused && answer.campaigns_resumed == resumed, "campaigns held and resumed");
      };
    };
    step(queue, PauseCampaignsForService{"hermes", "quota"}, counts(1, 0));
    step(queue, ResumeCampaignsForService{"hermes"}, counts(0, 1));
    step(queue, PauseCampaignsForService{"hermes", "quota"}, counts(1, 0));
    step(queue, ResumeQueue{}, counts(0, 1));
    act(SealCampaign{}, CampaignStatus::completed);
    for (const auto& [action, status] : {std::pair{CampaignAction{FailCampaign{"x"}}, CampaignStatus::failed},
                                         std::pair{CampaignAction{CancelCampaign{"x"}}, CampaignStatus::cancelled}}) {
      step(actors_.campaigns(), CreateCampaign{"by requests", {}, {}}, campaign_reads(CampaignStatus::created));
      act(action, status);
    }
  }

  void circuit() {
    const auto breaker = actors_.breaker();
    step(breaker, RecordFailure{"429", "http", "apollo", 0, {}}, circuit_reads(CircuitState::open, true));
    step(breaker, RecordFailure{"503", "http", "apollo", 0, {}}, circuit_reads(CircuitState::open, false));
    step(breaker, OpenCircuit{"by hand", {}}, circuit_reads(CircuitState::open, false));
    steps_.push_back(
        [this, breaker](Asker& asker) { asker.ask_circuit(breaker, circuit_reads(CircuitState::open, false)); });
    step(breaker, CloseCircuit{"back", std::nullopt}, circuit_reads(CircuitState::closed, true));
    step(breaker, CloseCircuit{"back", std::nullopt}, circuit_reads(CircuitState::closed, false));
    steps_.push_back(
        [this, breaker](Asker& asker) { asker.ask_circuit(breaker, circuit_reads(CircuitState::closed, false)); });

    step(actors_.queue(), EnqueueJob{job_of("rs")}, job_reads(JobStatus::pending));
    lease("rs");
    step(
        breaker,
        [this] {
          return FailJob{job_, token_, "429", "http", "apollo"};
        },
        job_reads(JobStatus::paused));
    step(breaker, CloseCircuit{"back", std::nullopt}, circuit_reads(CircuitState::closed, true));
    step(
        actors_.queue(),
        [this] {
          return CancelJob{job_, {}};
        },
        job_reads(JobStatus::cancelled));
  }

  /// Requests are checked as calls are.
  void refusals() {
    const auto breaker = actors_.breaker();
    step(breaker, RecordFailure{"429", "http", "no such label!", 0, {}}, is_refused(ErrorCode::invalid));
    steps_.push_back(
        [this, breaker](Asker& asker) { asker.ask_circuit(breaker, circuit_reads(CircuitState::open, false)); });
    step(breaker, CloseCircuit{"back", std::nullopt}, circuit_reads(CircuitState::closed, true));
    step(actors_.queue(), EnqueueJob{}, is_refused(ErrorCode::invalid));
    step(actors_.campaigns(), CreateCampaign{}, is_refused(ErrorCode::invalid));
    step(actors_.queue(), OpenCircuit{}, is_refused(ErrorCode::invalid));
    step(breaker, ResumeQueue{}, is_refused(ErrorCode::invalid));
  }

  Client& client_;
  ClientActors actors_;
  std::deque<Asker::Step> steps_;
  JobId job_ = 0;
  std::string token_;
  CampaignId campaign_{};
};

}  // namespace

void everything_by_requests(Client& client) {
  Heard heard;
  Seq after = 0;
  Requests requests{client};
  const ClientActors actors{client};
  std::promise<void> promise;
  auto done = promise.get_future();
  {
    const SubscriberHandle subscriber = actors.system().spawn(listener, &heard);
    const auto asker = actors.system().spawn<Asker>(requests.all(subscriber, after), std::move(promise));
    caf::anon_send(asker, Go{"zoë"});
    if (done.wait_for(patience) != std::future_status::ready) throw std::runtime_error{"the requests hang"};
    done.get();
    heard.check_all(after, must(client.status()).last_seq);
    caf::scoped_actor self{actors.system()};
    self->request(actors.feed(), request_timeout, leave_atom_v, subscriber)
        .receive([] {},
                 [](const caf::error& error) { throw std::runtime_error{"no leave: " + caf::to_string(error)}; });
    const auto known = must(client.status()).last_seq;
    must(client.cancel(must(client.enqueue(job_of("unheard by the actor"))).row.id, "enough"));
    heard.check_all(after, known);
    caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
    self->wait_for(subscriber);
  }
  check(must(client.get_global_circuit_state()).closed_by == "zoë", "a request's principal is the one who closed it");
}

}  // namespace consumer
