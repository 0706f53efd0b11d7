#pragma once
// What is said of attempts, where saying nothing has a meaning of its own.

#include <cstdint>
#include <memory>
#include <optional>

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/backoff.hpp>

namespace breakerd {

/// The member `retry`: null when neither is said, and what is not said is null in it. `backoff` may be null.
void write_said_retry(JsonWriter& json, const std::optional<std::uint32_t>& max_attempts,
                      const std::shared_ptr<const Backoff>& backoff);

}  // namespace breakerd
