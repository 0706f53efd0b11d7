#pragma once
// What the HTTP facade needs of the core. The one implementation for the daemon is the CAF bridge; tests may use the
// real thing as well, it starts in milliseconds. Each I/O thread has its own: all functions are called on that thread
// and never block, and every `done` runs later on it, exactly once.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

class CampaignPaces;
class LeaseTimes;
class ReadView;

namespace http {

/// Readiness, as /readyz tells it.
struct Health {
  bool ready = false;
  std::string reason;  ///< for a person, when not ready
};

/// Set by whoever asked. Shared: the work may outlive the asker.
using Gone = std::shared_ptr<const std::atomic<bool>>;

/// `all`: it looks at all jobs, and takes as long. Small reads do not wait behind those of pages, and neither do behind
/// those of all.
enum class ReadSize { small, page, all };

class Backend {
 public:
  using Done = std::function<void(Outcome&&)>;
  using EachDone = std::function<void(std::size_t, Outcome&&)>;
  /// Runs off the I/O thread on a snapshot of committed state and gives the response body it built.
  using Read = std::function<Result<std::string>(const ReadView&)>;
  using ReadDone = std::function<void(Result<std::string>&&)>;

  virtual ~Backend() = default;

  /// Hands a validated command to its actor. Commands of one I/O turn travel together.
  virtual void submit(Command&& command, std::string principal, Done done) = 0;
  /// The same, whose events are one append under this operation id: when the log has it already, nothing is done, and
  /// the outcome is `outcome_unknown`.
  virtual void submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) = 0;
  /// The same as submit() of commands that are all the queue's: they are decided in one turn, in their order, and
  /// become durable in one commit. `done` gets each one's outcome, with its place.
  virtual void submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) = 0;
  /// The same as submit() for a Heartbeat that waits for a stop, and a LeaseJobs that waits for jobs. Gives what ends
  /// the wait before its time: it is answered soon after that. Called any number of times, on the I/O thread, before
  /// and after the answer.
  [[nodiscard]] virtual std::function<void()> submit_wait(Command&& command, std::string principal, Done done) = 0;
  /// What the caller is going to submit reports a failure of a service, at first this one. That counts whatever is
  /// refused before.
  virtual void note_report(const Command& /*report*/) {}
  /// A read of the caller shows this job.
  virtual void note_shown(const JobView& /*job*/) {}
  /// `gone` is set when nobody waits for the body any more: then the read ends as soon as it can, with an error.
  virtual void read(ReadSize size, Gone gone, Read work, ReadDone done) = 0;

  /// The gate: one atomic load. allowed is false whenever in doubt.
  struct Gate {
    bool allowed = false;
    Epoch epoch = 0;
  };
  [[nodiscard]] virtual Gate gate() const noexcept = 0;
  [[nodiscard]] virtual Health health() const = 0;
  /// How many reads met damage, and the last one. Any thread.
  [[nodiscard]] virtual DamagedReads damaged_reads() const = 0;
  /// How many leases wait for jobs. Any thread.
  [[nodiscard]] virtual std::size_t waiting_leases() const = 0;
  /// When the leases that are out will end, for reads to look at; null when there is no core. Outlives every read that
  /// was begun before.
  [[nodiscard]] virtual const LeaseTimes* lease_times() const = 0;
  /// How fast the jobs of campaigns end, as lease_times().
  [[nodiscard]] virtual const CampaignPaces* campaign_paces() const = 0;
};

}  // namespace http
}  // namespace breakerd
