#include <breakerd/actors/base/asked_batch.hpp>

#include <breakerd/actors/base/admission.hpp>

namespace breakerd {
namespace {

/// Of a report whose values were refused: it counts, and the asker hears of both.
class RefusedReport final : public Completion {
 public:
  RefusedReport(Responder<Answer> responder, Error refusal)
      : responder_{std::move(responder)}, refusal_{std::move(refusal)} {}

  void complete(std::vector<Op>&& ops) noexcept override {
    Outcome& recorded = ops.front().outcome;
    responder_.deliver(Answer{recorded ? Outcome{recorded_all_the_same(refusal_)} : std::move(recorded)});
  }

 private:
  Responder<Answer> responder_;
  Error refusal_;
};

CommandBatchPtr batch_of(std::unique_ptr<Completion> completion, Command command, std::string principal,
                         const OperationId& operation) {
  auto batch = std::make_shared<CommandBatch>(std::move(completion));
  batch->ops.push_back({std::move(command), std::move(principal), Reply{}, 0, operation});
  return batch;
}

}  // namespace

void AskCompletion::complete(std::vector<Op>&& ops) noexcept {
  for (std::size_t i = 0; i < ops.size(); ++i) responders_[i].deliver(Answer{std::move(ops[i].outcome)});
}

CommandBatchPtr make_asked_batch(Ask&& request, Responder<Answer> responder) {
  if (const auto ok = admit(request); !ok) {
    auto report = report_in(request.command);
    if (!report) {
      responder.deliver(Answer::of(ok.error()));
      return nullptr;
    }
    return batch_of(std::make_unique<RefusedReport>(std::move(responder), ok.error()), std::move(*report),
                    std::move(request.principal), request.operation);
  }
  auto completion = std::make_unique<AskCompletion>();
  completion->add(std::move(responder));
  return batch_of(std::move(completion), std::move(request.command), std::move(request.principal), request.operation);
}

}  // namespace breakerd
