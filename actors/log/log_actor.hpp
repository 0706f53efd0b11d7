#pragma once
// The one writer. Gathers submissions, commits them together, answers all of them; opens and shuts the gate by what is
// durable; after storage trouble reopens the log with backoff and starts everybody anew.

#include <string>
#include <vector>

#include <breakerd/actors/base/gate.hpp>
#include <breakerd/actors/base/health.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

/// What the log actor shares with others. All of it outlives the actor system.
struct LogContext {
  EventLog& log;
  Gate& gate;
  Health& health;
  LogProgress& progress;
  EventTail& tail;
  const Clock& clock;
  InFlight in_flight;  ///< what becomes of runs when storage trouble opens the circuit
  LineSink log_line;
};

class LogActor final : public LogHandle::base {
 public:
  LogActor(caf::actor_config& config, LogContext context) : LogHandle::base{config}, context_{std::move(context)} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  using Batch = std::vector<SubmissionPtr>;

  void take(SubmissionPtr submission);
  [[nodiscard]] Batch take_batch();
  void commit();
  void write_lines(const Append& append);
  void announce_commit(const Batch& batch, std::vector<Append>& appends);
  static void refuse(Submission& submission, const Error& error);
  void end_speculation();
  void start_anew();
  void enter_trouble(const Error& error);
  void try_to_recover();

  LogContext context_;
  Batch pending_;
  bool commit_sent_ = false;
  Speculation speculation_ = 1;
  std::string trouble_;  ///< not empty: storage is down
  std::chrono::milliseconds backoff_{0};
  std::vector<caf::actor> dependents_;
};

}  // namespace breakerd
