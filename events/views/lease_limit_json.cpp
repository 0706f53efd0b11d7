#include <breakerd/events/views/lease_limit_json.hpp>

namespace breakerd {

void write_lease_limit(JsonWriter& json, const LeaseLimitView& view) {
  const LeaseLimit& limit = view.limit;
  json.begin_object();
  json.member("kind", to_string(limit.of.kind));
  json.member("name", limit.of.name);
  json.key("concurrency").number_or_null(limit.concurrency);
  json.key("rate_per_second")
      .raw_or_null(limit.rate_thousandths == 0 ? std::string{} : decimal_text(limit.rate_thousandths));
  json.key("burst").number_or_null(limit.burst);
  json.member("reason", limit.reason);
  json.key("principal").value_or_null(limit.principal);
  json.member("set_at", limit.set_at);
  if (view.use) {
    json.member("in_flight", view.use->in_flight);
    json.key("free_at").value_or_null(view.use->free_at);
  }
  if (view.waiting) json.member("waiting", *view.waiting);
  json.end_object();
}

}  // namespace breakerd
