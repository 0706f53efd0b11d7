#include <breakerd/actors/client/callback_batch.hpp>

#include <exception>
#include <utility>

#include <breakerd/actors/client/callback_scope.hpp>

namespace breakerd {
namespace {

class Callback final : public Completion {
 public:
  Callback(OnOutcome on_outcome, std::function<void(const std::string&)> log_line, const void* client)
      : on_outcome_{std::move(on_outcome)}, log_line_{std::move(log_line)}, client_{client} {}

  void complete(std::vector<Op>&& ops) noexcept override {
    const CallbackScope scope{client_};
    try {
      on_outcome_(std::move(ops.front().outcome));
    } catch (const std::exception& error) {
      log_line_(std::string{"a callback threw at its outcome: "} + error.what());
    } catch (...) {
      log_line_("a callback threw at its outcome");
    }
  }

 private:
  OnOutcome on_outcome_;
  std::function<void(const std::string&)> log_line_;
  const void* client_;
};

}  // namespace

CommandBatchPtr make_callback_batch(Command command, std::string principal, OnOutcome on_outcome,
                                    std::function<void(const std::string&)> log_line, const void* client) {
  auto batch =
      std::make_shared<CommandBatch>(std::make_unique<Callback>(std::move(on_outcome), std::move(log_line), client));
  batch->ops.push_back({std::move(command), std::move(principal), Reply{}, 0});
  return batch;
}

}  // namespace breakerd
