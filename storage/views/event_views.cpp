// Reads of the log (views.hpp).

#include <algorithm>

#include <breakerd/events/model/hex.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// What a filter comes to: which events to look at, and which of them to take.
struct Plan {
  Seq from = 1;
  Seq to = ~Seq{0};       ///< exclusive
  bool control = false;   ///< only events that are of no job's stream
  std::uint8_t code = 0;  ///< type; 0: any
  std::optional<Stream> stream;
  std::string principal;  ///< empty: any
};

bool is_of_a_job(std::string_view type) { return type.starts_with("Job"); }

Result<Plan> make_plan(const ReadView& view, Seq from, const EventFilter& filter) {
  Plan plan;
  plan.from = std::max<Seq>(from, 1);
  plan.principal = filter.principal;
  if (!filter.type.empty()) {
    plan.code = type_code(filter.type);
    if (plan.code == 0) return invalid_field("type", "the name of an event type, e.g. CircuitOpened");
    plan.control = !is_of_a_job(filter.type);
  }
  if (filter.stream.empty()) return plan;
  plan.stream = Stream::parse(filter.stream);
  if (!plan.stream) return invalid_field("stream", "breaker, queue, campaign-<uuid> or job-<id>");
  if (plan.stream->kind != StreamKind::job) {
    plan.control = true;
    return plan;
  }
  auto row = read_row<JobRow>(view, Table::jobs, number_key(plan.stream->job));
  if (!row) return row.error();
  plan.from = *row ? std::max(plan.from, (*row)->enqueued) : ~Seq{0};
  plan.to = *row ? (*row)->last + 1 : 0;
  return plan;
}

EventView show(Seq seq, Event event, unsigned version, const Digest& hash) {
  EventView shown;
  shown.seq = seq;
  shown.time = event.time;
  shown.type = type_name(event.data);
  shown.version = version;
  shown.stream = stream_of(event.data).to_string();
  shown.principal = std::move(event.principal);
  shown.cause = event.cause;
  append_event_data(shown.data, event.data);
  shown.hash = to_hex(hash);
  return shown;
}

class EventWalk {
 public:
  EventWalk(const ReadView& view, const Plan& plan, std::uint32_t limit) : view_{view}, plan_{plan}, limit_{limit} {
    page.next = plan.from;
  }

  /// False when the page is full or an error came up.
  bool visit(Seq seq, std::string_view stored) {
    if (page.events.size() == limit_ || looked_at_ == limits::scan_rows_max) return stopped = true, false;
    if (!plan_.control && seq != page.next) return outcome = missing_event(page.next), false;
    ++looked_at_;
    page.next = seq + 1;
    outcome = look_at(seq, stored);
    return outcome.has_value();
  }

  EventPage page;
  Result<void> outcome;
  bool stopped = false;

 private:
  Result<void> look_at(Seq seq, std::string_view stored) {
    std::string fetched;
    if (plan_.control) {  // the control table has no more than the seq
      auto row = view_.get(Table::events, number_key(seq));
      if (!row) return row.error();
      if (!*row) return missing_event(seq);
      fetched = std::move(**row);
      stored = fetched;
    }
    auto split = split_event(stored);
    if (!split) return of_event(seq, split.error());
    if (plan_.code != 0 && type_code_of_body(split->body) != plan_.code) return {};
    auto event = decode_event(split->body);
    if (!event) return of_event(seq, event.error());
    if (plan_.stream && stream_of(event->data) != *plan_.stream) return {};
    if (!plan_.principal.empty() && event->principal != plan_.principal) return {};
    if (auto ok = read_payload(view_, seq, event->data); !ok) return ok;
    page.events.push_back(show(seq, std::move(*event), version_of_body(split->body), split->hash));
    return {};
  }

  const ReadView& view_;
  const Plan& plan_;
  std::uint32_t limit_;
  std::uint32_t looked_at_ = 0;
};

}  // namespace

Result<EventPage> read_events(const ReadView& view, Seq from, std::uint32_t limit, const EventFilter& filter) {
  auto plan = make_plan(view, from, filter);
  if (!plan) return plan.error();
  EventWalk walk{view, *plan, limit};
  if (plan->from < plan->to) {
    const std::string end = plan->to == ~Seq{0} ? std::string{} : number_key(plan->to);
    const Table table = plan->control ? Table::control : Table::events;
    auto ok = view.scan(table, number_key(plan->from), end, [&](std::string_view key, std::string_view value) {
      return walk.visit(read_big_endian(key), value);
    });
    if (!ok) return ok.error();
    if (!walk.outcome) return walk.outcome.error();
  }
  if (!walk.stopped) {  // everything up to the log's end was looked at
    auto head = read_row<HeadRow>(view, Table::meta, meta_key::head);
    if (!head) return head.error();
    const Seq end = *head ? (*head)->last.seq + 1 : 1;
    if (!plan->control && walk.page.next < std::min(plan->to, end)) return missing_event(walk.page.next);
    walk.page.next = std::max<Seq>({from, 1, end});
  }
  return std::move(walk.page);
}

}  // namespace breakerd
