#include <breakerd/events/codec/payload.hpp>

#include <memory>
#include <utility>

#include <breakerd/events/codec/digest.hpp>

namespace breakerd {

void refer_to(std::string_view payload, PayloadRef& ref) {
  ref.bytes = payload.size();
  ref.hash = payload.empty() ? Digest{} : salted(ref.salt, payload);
}

bool is_payload_of(const PayloadRef& ref, const Salt& salt, std::string_view payload) {
  return payload.size() == ref.bytes && salted(salt, payload) == ref.hash;
}

PayloadAtHand payload_of(EventData& data) {
  if (auto* enqueued = std::get_if<JobEnqueued>(&data)) return {&enqueued->payload, enqueued->spec->payload};
  if (auto* completed = std::get_if<JobCompleted>(&data)) return {&completed->payload, completed->result};
  return {};
}

const PayloadRef* payload_ref(const EventData& data) {
  if (const auto* enqueued = std::get_if<JobEnqueued>(&data)) return &enqueued->payload;
  if (const auto* completed = std::get_if<JobCompleted>(&data)) return &completed->payload;
  return nullptr;
}

void put_payload(EventData& data, std::string payload) {
  if (auto* enqueued = std::get_if<JobEnqueued>(&data)) {
    auto spec = std::make_shared<JobSpec>(*enqueued->spec);
    spec->payload = std::move(payload);
    enqueued->spec = std::move(spec);
  } else {
    std::get<JobCompleted>(data).result = std::move(payload);
  }
}

}  // namespace breakerd
