#include <breakerd/http/api/calls.hpp>

namespace breakerd::http::calls {

void live(Call& call) {
  succeed(call.exchange, [](JsonWriter& json) { json.begin_object().member("live", true).end_object(); });
}

void ready(Call& call) {
  Health health = call.backend.health();
  if (!health.ready) {
    return call.exchange.refuse({503, "unavailable", "not ready: " + health.reason}, "Retry-After: 1\r\n");
  }
  succeed(call.exchange, [](JsonWriter& json) { json.begin_object().member("ready", true).end_object(); });
}

}  // namespace breakerd::http::calls
