#include <breakerd/actors/log/log_actor.hpp>

#include <algorithm>

#include <breakerd/actors/log/circuit_lines.hpp>
#include <breakerd/actors/log/recovery.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds backoff_min{100};
constexpr std::chrono::milliseconds backoff_max{5'000};

Error storage_is_down(const std::string& trouble) {
  return make_error(ErrorCode::unavailable, "storage is down (" + trouble + "): nothing was done");
}

Error outcome_unknown(const std::string& trouble) {
  return make_error(ErrorCode::outcome_unknown, "outcome unknown: the write failed (" + trouble +
                                                    "); it may or may not be there when storage is back");
}

}  // namespace

LogActor::behavior_type LogActor::make_behavior() {
  return {
      [this](SubmissionPtr& submission) { take(std::move(submission)); },
      [this](attach_atom, caf::actor& dependent) { dependents_.push_back(std::move(dependent)); },
      [this](Resync theirs) {  // of an older speculation: it has ended already
        if (trouble_.empty() && theirs.speculation == speculation_) start_anew();
      },
      [this](const Unreadable& unreadable) {
        if (trouble_.empty()) enter_trouble(make_error(ErrorCode::corrupt, unreadable.what));
      },
      [this](commit_atom) { commit(); },
      [this](retry_atom) { try_to_recover(); },
  };
}

void LogActor::on_exit() {
  context_.gate.shut(Gate::Reason::ended);
  dependents_.clear();
  const Error error = make_error(ErrorCode::unavailable, "the daemon is shutting down: nothing was done");
  for (const SubmissionPtr& submission : pending_) refuse(*submission, error);
  pending_.clear();
}

void LogActor::take(SubmissionPtr submission) {
  if (!trouble_.empty()) return refuse(*submission, storage_is_down(trouble_));
  pending_.push_back(std::move(submission));
  if (!commit_sent_) {  // everything that is in the mailbox by then becomes part of the same commit
    commit_sent_ = true;
    send(this, commit_atom_v);
  }
}

/// What has come first, up to commit_bytes_max or one submission. The rest is the next commit.
LogActor::Batch LogActor::take_batch() {
  std::size_t bytes = 0;
  auto end = pending_.begin();
  for (; end != pending_.end(); ++end) {
    bytes += bytes_of(**end);
    if (end != pending_.begin() && bytes > commit_bytes_max) break;
  }
  Batch batch{std::make_move_iterator(pending_.begin()), std::make_move_iterator(end)};
  pending_.erase(pending_.begin(), end);
  commit_sent_ = !pending_.empty();
  if (commit_sent_) send(this, commit_atom_v);
  return batch;
}

void LogActor::commit() {
  Batch batch = take_batch();
  if (batch.empty()) return;
  if (context_.gate.has_ended()) {
    const Error error = make_error(ErrorCode::unavailable, "an actor has ended: nothing was done");
    for (const SubmissionPtr& submission : batch) refuse(*submission, error);
    return;
  }
  std::erase_if(batch, [this](const SubmissionPtr& submission) {
    if (submission->speculation == speculation_) return false;
    refuse(*submission,
           make_error(ErrorCode::unavailable, "decided on state that was thrown away: nothing was done, ask again"));
    return true;
  });
  std::vector<Append> appends;
  for (const SubmissionPtr& submission : batch)
    std::move(submission->appends.begin(), submission->appends.end(), std::back_inserter(appends));

  context_.progress.commit_began = clock().now().time_since_epoch().count();
  auto answers = context_.log.append(appends);
  context_.progress.commit_began = 0;
  if (!answers) {
    const Error unknown = outcome_unknown(answers.error().detail);
    enter_trouble(answers.error());
    for (const SubmissionPtr& submission : batch) refuse(*submission, unknown);
    return;
  }
  bool all_kept = true;
  std::size_t next = 0;
  for (const SubmissionPtr& submission : batch) {
    const std::size_t count = submission->appends.size();
    for (std::size_t i = 0; i < count; ++i, ++next) {
      auto& answer_of_one = (*answers)[next];
      if (!answer_of_one) {
        all_kept = false;
        context_.log_line(LineLevel::warn, "an append was refused: " + answer_of_one.error().detail);
      } else if (answer_of_one->was_repeated) {
        all_kept = false;  // the queue has decided on more than the log took
        context_.log_line(LineLevel::info, "what was asked for again is in the log already, at event " +
                                               std::to_string(answer_of_one->first));
      }
      submission->answers.push_back(std::move(answer_of_one));
    }
  }
  announce_commit(batch, appends);
  if (!all_kept) start_anew();
  for (const SubmissionPtr& submission : batch) submission->settle();
}

/// What an operator should read of an append that was kept.
void LogActor::write_lines(const Append& append) {
  if (const auto line = circuit_line(append.events)) context_.log_line(LineLevel::info, *line);
  for (const Event& event : append.events)
    if (const auto line = own_pause_line(event)) context_.log_line(LineLevel::warn, *line);
}

/// The gate follows what is durable; those who follow the log hear of it.
void LogActor::announce_commit(const Batch& batch, std::vector<Append>& appends) {
  const bool is_followed = context_.tail.wanted();
  const SteadyTime now = clock().now();
  std::vector<CommittedEvent> events;
  Seq last = 0;
  std::size_t next = 0;
  for (const SubmissionPtr& submission : batch) {
    for (const auto& kept : submission->answers) {
      Append& append = appends[next++];
      if (!kept || kept->was_repeated) continue;
      write_lines(append);
      last = kept->last;
      for (std::size_t i = 0; i < append.events.size(); ++i) {
        Event& event = append.events[i];
        if (const auto* opened = std::get_if<CircuitOpened>(&event.data))
          context_.gate.set_circuit(false, opened->epoch);
        if (const auto* closed = std::get_if<CircuitClosed>(&event.data))
          context_.gate.set_circuit(true, closed->epoch);
        if (is_followed) events.push_back({kept->first + i, std::move(event)});
      }
    }
    if (now - submission->decided >= late_commit) {
      context_.progress.late_at.store(now.time_since_epoch().count(), std::memory_order_relaxed);
      context_.progress.late_number.store(submission->number, std::memory_order_relaxed);
    }
    context_.progress.number.store(submission->number, std::memory_order_release);
  }
  context_.tail.add(std::move(events), last);
}

void LogActor::refuse(Submission& submission, const Error& error) {
  submission.failure = error;
  submission.settle();
}

void LogActor::end_speculation() { context_.progress.speculation.store(++speculation_, std::memory_order_release); }

/// What was decided on the state of before is void: only submissions made after the Resync count.
void LogActor::start_anew() {
  end_speculation();
  context_.progress.late_number.store(0, std::memory_order_relaxed);
  context_.progress.number.store(0, std::memory_order_release);
  for (const caf::actor& dependent : dependents_) caf::anon_send(dependent, Resync{speculation_});
}

void LogActor::enter_trouble(const Error& error) {
  context_.gate.shut(Gate::Reason::storage);
  end_speculation();
  trouble_ = error.detail.empty() ? std::string{to_string(error.code)} : error.detail;
  backoff_ = backoff_min;
  context_.health.set_down("storage is down: " + trouble_);
  context_.log_line(LineLevel::warn, "storage trouble, the gate is shut: " + trouble_);
  for (const SubmissionPtr& submission : pending_) refuse(*submission, storage_is_down(trouble_));
  pending_.clear();
  delayed_send(this, backoff_, retry_atom_v);
}

void LogActor::try_to_recover() {
  auto reopened = context_.log.reopen();
  auto told = reopened ? record_storage_trouble(context_.log, trouble_, context_.in_flight, context_.clock.wall())
                       : Result<Append>{reopened.error()};
  if (!told) {
    backoff_ = std::min(2 * backoff_, backoff_max);
    context_.health.set_down("storage is down: " + told.error().detail);
    context_.log_line(LineLevel::warn, "storage is still down: " + told.error().detail);
    delayed_send(this, backoff_, retry_atom_v);
    return;
  }
  const EventData& first = told->events.front().data;
  const auto* opened = std::get_if<CircuitOpened>(&first);
  const Epoch epoch = opened != nullptr ? opened->epoch : std::get<FailureRecorded>(first).epoch;
  context_.gate.set_circuit(false, epoch);
  // What a failed append has left may be in the log after all: who follows it hears of everything that is.
  context_.tail.add({}, context_.log.head().seq);
  const std::string trouble = std::exchange(trouble_, {});
  start_anew();  // before anybody is let in again
  context_.gate.lift(Gate::Reason::storage);
  context_.health.set_ready();
  if (const auto line = circuit_line(told->events)) context_.log_line(LineLevel::info, *line);
  context_.log_line(LineLevel::info, "storage is back by itself after trouble (" + trouble +
                                         "): the circuit is OPEN, epoch " + std::to_string(epoch) +
                                         ", until somebody closes it");
}

}  // namespace breakerd
