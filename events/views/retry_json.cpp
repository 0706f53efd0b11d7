#include <breakerd/events/views/retry_json.hpp>

#include <breakerd/events/json/backoff_json.hpp>

namespace breakerd {

void write_said_retry(JsonWriter& json, const std::optional<std::uint32_t>& max_attempts,
                      const std::shared_ptr<const Backoff>& backoff) {
  json.key("retry");
  if (!max_attempts && !backoff) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("max_attempts").number_or_null(max_attempts.value_or(0));
  json.key("backoff");
  if (backoff)
    write_backoff(json, *backoff);
  else
    json.null();
  json.end_object();
}

}  // namespace breakerd
