#include "actors/submission.hpp"

#include <utility>

namespace breakerd {

Submission::~Submission() {
  if (settled_) return;
  failure = make_error(ErrorCode::outcome_unknown,
                       "outcome unknown: the log actor has ended; it may or may not be in the log");
  settle();
}

void Submission::settle() {
  settled_ = true;
  if (const FlightPtr mine = std::exchange(flight, nullptr)) {
    for (std::size_t i = 0; i < mine->ops.size(); ++i) {
      if (failure)
        mine->ops[i].outcome = *failure;
      else if (!answers[i])
        mine->ops[i].outcome = answers[i].error();
    }
    mine->answer();
  }
  if (!on_settled) return;
  std::optional<Error> error = failure;
  if (!error && !answers.front()) error = answers.front().error();
  on_settled(error);
}

}  // namespace breakerd
