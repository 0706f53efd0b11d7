#pragma once
// The clients of a daemon on one thread: a fixed number of connections, each with one request at a time, all of them
// sent before the daemon has its turn. What they do themselves is no part of a turn.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "one_thread.hpp"
#include "tests/bench/load/call.hpp"

namespace breakerd::guard {

class Callers {
 public:
  /// How the daemon gets its turn.
  using Turn = void (*)(OneThread&);

  /// Connects `connections` times. `daemon` outlives this. Throws std::system_error.
  Callers(OneThread& daemon, std::size_t connections);
  ~Callers();
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  /// Makes `call` `count` times (a multiple of the connections) and gives the jobs that the answers hand out, in order.
  /// For a complete, `jobs` are the ones to complete, one each. Throws std::runtime_error for an answer that is not
  /// what the call should give, for a lease without a job, and when no answer comes.
  std::vector<load::Job> make(load::Call call, std::size_t count, Turn turn, std::span<const load::Job> jobs = {});

 private:
  struct Caller;

  void wait_for_answers(load::Call call, Turn turn);

  OneThread& daemon_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

}  // namespace breakerd::guard
