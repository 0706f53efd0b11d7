#pragma once
// Commands that travel the core together. A flight is filled by whoever asks, decided by its actor in one turn, made
// durable in one commit, and comes back to its sink in one piece: hand-offs and wake-ups are paid once per flight.

#include <memory>
#include <string>
#include <vector>

#include "events/commands.hpp"
#include "events/views.hpp"

namespace breakerd {

/// One command on its way, and its answer when it is back.
struct Op {
  Command command;
  std::string principal;
  Outcome outcome = Reply{};
  std::uint64_t tag = 0;  ///< the asker's own
};

struct Flight;
using FlightPtr = std::shared_ptr<Flight>;  ///< shared: it is in a message, then in a submission, then at its sink

/// Where flights come back to.
class FlightSink {
 public:
  virtual ~FlightSink() = default;
  /// Called once per flight, on the thread of an actor: must be quick and must not block.
  virtual void landed(FlightPtr flight) = 0;
};

struct Flight {
  std::vector<Op> ops;
  std::shared_ptr<FlightSink> sink;  ///< shared: flights may outlive the asker
};

}  // namespace breakerd
