// The log, in order.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

Result<std::string> events_body(const ReadView& view, Seq from, const std::uint32_t limit, const EventFilter& filter) {
  std::string body{success_open};
  JsonWriter json{body};
  json.begin_object().key("events").begin_array();
  std::uint32_t count = 0;
  for (bool more = true; more;) {
    const std::uint32_t step = std::min(limit - count, page_step);
    const auto page = read_events(view, from, step, filter);
    if (!page) return page.error();
    from = page->next;
    more = count + step < limit && page->events.size() == step;
    for (const EventView& event : page->events) {
      if (!add_to_page(body, json, event, page_bound(count == 0), write_event)) {
        from = event.seq;
        more = false;
        break;
      }
      ++count;
    }
  }
  json.end_array();
  json.member("next", from).end_object();
  body += '}';
  return body;
}

}  // namespace

void list_events(Call& call) {
  Query query{call.request.query};
  const Seq from = query.number("from", 1, 1, ~Seq{0});
  const std::uint32_t limit = take_limit(query);
  EventFilter filter{query.text("type"), query.text("stream"), query.text("principal")};
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([from, limit, filter = std::move(filter)](const ReadView& view) {
    return events_body(view, from, limit, filter);
  });
}

}  // namespace breakerd::http::calls
