#pragma once
// Batches that were asked for as CAF requests.

#include <optional>
#include <vector>

#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/base/responder.hpp>

namespace breakerd {

/// Answers one request for each op, in their order.
class AskCompletion final : public Completion {
 public:
  void add(Responder<Answer> responder) { responders_.push_back(std::move(responder)); }
  void complete(std::vector<Op>&& ops) noexcept override;

 private:
  std::vector<Responder<Answer>> responders_;
};

/// A batch of one command of the breaker's or a campaign's. Values that are refused are answered here, and nothing is
/// given; except a report of a service failure, which is brought into the form that counts, recorded, and refused then.
[[nodiscard]] CommandBatchPtr make_asked_batch(Ask&& request, Responder<Answer> responder);

}  // namespace breakerd
