// The race: many connections lease without a pause while one opens the circuit, again and again.
// A lease whose request was sent after the opening's answer had arrived must bring no job.
//
// One try: the opener opens. From the moment its answer is handled, every lessee's next
// `checks_per_lessee` leases are checked, then the lessee parks. When all are parked the opener
// closes and resumes the queue, so that no checked lease is ever under way while the circuit is
// closed again: what is counted is certain.
#pragma once

#include <cstdint>
#include <memory>
#include <random>

#include "script.hpp"

namespace breakerd::load {

struct Race {
  explicit Race(std::uint64_t seed) : random(seed) {}

  // Given.
  std::uint64_t lessees = 0;
  std::uint64_t tries = 0;
  std::uint64_t checks_per_lessee = 2;
  std::mt19937_64 random;

  // Counted.
  std::uint64_t tries_done = 0;
  std::uint64_t leases_checked = 0;
  std::uint64_t leases_granted = 0;             // in all: shows that there was something to race
  std::uint64_t leases_granted_after_open = 0;  // must stay 0

  // Shared between the scripts of one thread.
  bool open = false;
  std::uint64_t lessees_parked = 0;
  std::uint64_t answers_until_open = 0;  // leases to be answered before the next opening
};

/// Opens, waits until every lessee has been checked, closes, resumes; one operation per try.
class OpenerScript final : public Script {
 public:
  explicit OpenerScript(Race& race) : race_(race) {}
  void begin(Sink& sink) override;
  void answered(Reply& reply, Sink& sink) override;

 private:
  Race& race_;
};

/// Leases, completes what it got, and enqueues as much again, so that jobs never run out.
class LesseeScript final : public Script {
 public:
  explicit LesseeScript(Race& race) : race_(race) {}
  void begin(Sink& sink) override;
  void answered(Reply& reply, Sink& sink) override;

 private:
  void heard_lease(const Reply& reply, Sink& sink);

  Race& race_;
  std::uint64_t seen_try_ = 0;
  std::uint64_t checks_left_ = 0;
  bool checking_ = false;  // the lease under way was sent after the opening's answer
  bool parked_ = false;
};

}  // namespace breakerd::load
