// The plain workloads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "script.hpp"

namespace breakerd::load {

/// The same call again and again; each answer counts as `worth` operations.
class RepeatScript final : public Script {
 public:
  RepeatScript(Call call, std::uint64_t worth) : call_(call), worth_(worth) {}
  void begin(Sink& sink) override { sink.send({call_}); }
  void answered(Reply&, Sink& sink) override { sink.count(worth_); }

 private:
  Call call_;
  std::uint64_t worth_;
};

/// Enqueue, lease one, complete it: three calls, one operation. A lease that brings nothing is
/// asked again (another connection may have taken the job before).
class CycleScript final : public Script {
 public:
  void begin(Sink& sink) override { sink.send({Call::enqueue}); }
  void answered(Reply& reply, Sink& sink) override;
};

/// Lease, complete each job, until a lease brings nothing. One operation per completed job.
class DrainScript final : public Script {
 public:
  /// How the completes of one lease are sent: each waits for the one before, all at once, or as one call.
  /// With the next lease: each round is one call, and one operation of the script.
  enum class Completes : std::uint8_t { one_by_one, pipelined, in_one_call, with_next_lease };

  explicit DrainScript(Completes completes) : completes_(completes) {}
  void begin(Sink& sink) override;
  void answered(Reply& reply, Sink& sink) override;

 private:
  void complete_next(Sink& sink);

  Completes completes_;
  std::vector<Job> jobs_;
};

/// Creates a campaign, starts it, and enqueues `jobs` into it, one by one: one operation.
class CampaignScript final : public Script {
 public:
  explicit CampaignScript(std::uint64_t jobs) : jobs_(jobs) {}
  void begin(Sink& sink) override { sink.send({Call::campaign_create}); }
  void answered(Reply& reply, Sink& sink) override;

 private:
  std::uint64_t jobs_;
  std::uint64_t jobs_left_ = 0;
  std::string campaign_id_;
};

/// An operator's round: status, open, close, resume the queue. One operation. `after_open`, when
/// given, is called after each opening (to measure the disk beside it) and may block.
class OperatorScript final : public Script {
 public:
  class AfterOpen {
   public:
    virtual ~AfterOpen() = default;
    virtual void opened() = 0;
  };

  explicit OperatorScript(AfterOpen* after_open) : after_open_(after_open) {}
  void begin(Sink& sink) override { sink.send({Call::status}); }
  void answered(Reply& reply, Sink& sink) override;

 private:
  AfterOpen* after_open_;
};

}  // namespace breakerd::load
