#pragma once
// The payload of an event: a job's payload in JobEnqueued, its result in JobCompleted. No other type has one.

#include <string>
#include <string_view>

#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/payload.hpp>

namespace breakerd {

/// Makes `ref` say of `payload` what is to be said of it. Its salt must have been drawn.
void refer_to(std::string_view payload, PayloadRef& ref);

/// Whether these are the salt and the payload that `ref` speaks of.
[[nodiscard]] bool is_payload_of(const PayloadRef& ref, const Salt& salt, std::string_view payload);

/// The payload that is at hand with an event, and what the event says of it.
struct PayloadAtHand {
  PayloadRef* ref = nullptr;  ///< null: its type has none
  std::string_view bytes;     ///< empty: there is none, or it was not read
};
[[nodiscard]] PayloadAtHand payload_of(EventData& data);

/// What the event says of its payload; null when its type has none.
[[nodiscard]] const PayloadRef* payload_ref(const EventData& data);

/// Puts a payload that was read into its event, which nobody else has yet. Not for types without one.
void put_payload(EventData& data, std::string payload);

}  // namespace breakerd
