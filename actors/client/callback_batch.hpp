#pragma once
// A batch of one command whose answer is a callback.

#include <functional>
#include <string>

#include <breakerd/actors/base/command_batch.hpp>

namespace breakerd {

/// Gets the outcome, once.
using OnOutcome = std::function<void(Outcome)>;

/// `on_outcome` is called where Completion::complete() is, within a CallbackScope of `client`. What it throws goes to
/// `log_line`.
[[nodiscard]] CommandBatchPtr make_callback_batch(Command command, std::string principal, OnOutcome on_outcome,
                                                  std::function<void(const std::string&)> log_line, const void* client);

}  // namespace breakerd
