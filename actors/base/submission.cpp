#include <breakerd/actors/base/submission.hpp>

#include <utility>

namespace breakerd {

std::size_t bytes_of(const Submission& submission) {
  constexpr std::size_t beside_texts = 128;
  const auto texts = []<class E>(const E& event) -> std::size_t {
    if constexpr (requires { event.spec; })
      return event.spec->payload.size() + event.spec->name.size() + event.spec->description.size();
    else if constexpr (requires { event.result; })
      return event.result.size();
    else if constexpr (requires { event.metadata.size(); })
      return event.metadata.size();
    else if constexpr (requires { event.answer.body; })
      return event.answer.body.size();
    else if constexpr (requires { event.error; })
      return event.error.size();
    else
      return 0;
  };
  std::size_t bytes = 0;
  for (const Append& append : submission.appends)
    for (const Event& event : append.events) bytes += beside_texts + std::visit(texts, event.data);
  return bytes;
}

namespace {

/// What was decided this time is not what the log has.
Error done_before(const Appended& there) {
  return make_error(ErrorCode::outcome_unknown,
                    "outcome unknown: an earlier request with the same key was done, at event " +
                        std::to_string(there.first) + "; ask again with the same key");
}

}  // namespace

Submission::~Submission() {
  if (settled_) return;
  failure = make_error(ErrorCode::outcome_unknown,
                       "outcome unknown: the log actor has ended; it may or may not be in the log");
  settle();
}

void Submission::answer(Op& op, std::size_t append) const {
  if (failure)
    op.outcome = *failure;
  else if (!answers[append])
    op.outcome = answers[append].error();
  else if (answers[append]->was_repeated && !op.operation.is_nil())
    op.outcome = done_before(*answers[append]);
}

void Submission::settle() {
  settled_ = true;
  if (const CommandBatchPtr mine = std::exchange(batch, nullptr)) {
    for (std::size_t i = 0; i < mine->ops.size(); ++i) answer(mine->ops[i], i);
    mine->answer();
  }
  for (const Waiter& waiter : std::exchange(waiters, {})) {
    answer(waiter.batch->ops.front(), waiter.append);
    waiter.batch->answer();
  }
  if (!on_settled) return;
  std::optional<Error> error = failure;
  if (!error && !answers.front()) error = answers.front().error();
  if (!error && first_must_be_new && answers.front()->was_repeated) error = done_before(*answers.front());
  on_settled(error);
}

}  // namespace breakerd
