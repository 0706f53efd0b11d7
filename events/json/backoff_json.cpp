#include <breakerd/events/json/backoff_json.hpp>

namespace breakerd {
namespace {

std::string_view name_of(BackoffKind kind) {
  switch (kind) {
    case BackoffKind::fixed:
      return "fixed";
    case BackoffKind::exponential:
      return "exponential";
    case BackoffKind::list:
      return "list";
  }
  return "exponential";
}

}  // namespace

void write_backoff(JsonWriter& json, const Backoff& backoff) {
  json.begin_object();
  json.member("kind", name_of(backoff.kind));
  if (backoff.kind == BackoffKind::list) {
    json.key("delays_ms").begin_array();
    for (const std::uint32_t delay : backoff.delays_ms) json.value(delay);
    json.end_array();
  } else {
    json.member("base_ms", backoff.base_ms);
  }
  if (backoff.kind == BackoffKind::exponential) json.member("factor", backoff.factor);
  json.member("max_ms", backoff.max_ms);
  json.member("jitter", backoff.jitter == Jitter::full ? "full" : "none");
  json.end_object();
}

}  // namespace breakerd
