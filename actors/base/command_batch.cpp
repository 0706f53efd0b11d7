#include <breakerd/actors/base/command_batch.hpp>

#include <utility>

namespace breakerd {

CommandBatch::~CommandBatch() {
  if (!completion_) return;
  answer_all(undecided_ ? make_error(ErrorCode::outcome_unknown,
                                     "outcome unknown: what was to answer has ended; it may or may not be in the log")
                        : make_error(ErrorCode::unavailable, "what was to decide has ended: nothing was done"));
}

void CommandBatch::answer() { std::exchange(completion_, nullptr)->complete(std::move(ops)); }

void CommandBatch::answer_all(const Error& error) {
  for (Op& op : ops) op.outcome = error;
  answer();
}

}  // namespace breakerd
