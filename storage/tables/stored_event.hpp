#pragma once
// A row of the events table: the chain's hash with this event, and the event's body (codec.hpp).

#include <string_view>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// Splits a row of the events table. `corrupt` when it is too short to be one.
struct StoredEvent {
  Digest hash;
  std::string_view body;
};
[[nodiscard]] Result<StoredEvent> split_event(std::string_view row);

}  // namespace breakerd
