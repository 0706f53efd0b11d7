#include "actors/submission.hpp"

namespace breakerd {

void settle(Submission& submission) {
  if (!submission.flight) return;
  auto& ops = submission.flight->ops;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (submission.failure)
      ops[i].outcome = *submission.failure;
    else if (!submission.answers[i])
      ops[i].outcome = submission.answers[i].error();
  }
}

}  // namespace breakerd
