#include <breakerd/http/ctl/client/events_api.hpp>

#include <algorithm>

namespace breakerd::ctl {
namespace {

constexpr Seq first_step = events_page;
constexpr Seq longest_step = 64 * events_page;  // one page of a filter looks at more events than this

}  // namespace

CliResult<Reply> EventsApi::ask(Seq from, std::uint64_t limit, const EventSelection& selection) {
  std::string target = "/api/v1/events";
  add_query(target, "from", std::to_string(from));
  add_query(target, "limit", std::to_string(limit));
  add_query(target, "type", selection.type);
  add_query(target, "stream", selection.stream);
  add_query(target, "principal", selection.principal);
  return client_.call({Verb::get, target, "", Repeat::safe});
}

CliResult<Seq> EventsApi::last() {
  const auto status = client_.call({Verb::get, "/api/v1/queue-management/status", "", Repeat::safe});
  if (!status) return status.error();
  return number_at(member_at(status->data(), "queue"), "last_seq");
}

CliResult<Seq> EventsApi::first_since(Time time) {
  const auto newest = last();
  if (!newest) return newest;
  Seq low = 1;
  Seq high = *newest + 1;
  while (low < high) {
    const Seq middle = low + (high - low) / 2;
    const auto reply = ask(middle, 1, {});
    if (!reply) return reply.error();
    const auto moment = parse_rfc3339(text_at(element_at(member_at(reply->data(), "events"), 0), "time"));
    if (!moment)
      return CliError{ErrorKind::unintelligible, "event " + std::to_string(middle) + " has no time that can be read"};
    if (*moment < time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

CliResult<std::vector<Seq>> EventsApi::selected(Seq begin, Seq end) {
  std::vector<Seq> found;
  while (begin < end) {
    const auto reply = page(begin, events_page);
    if (!reply) return reply.error();
    for (const auto& event : member_at(reply->data(), "events")) {
      if (const auto seq = number_at(event, "seq"); seq < end) found.push_back(seq);
    }
    const auto next = number_at(reply->data(), "next");
    if (next <= begin) break;
    begin = next;
  }
  return found;
}

CliResult<Seq> EventsApi::begin_of_last(std::uint64_t count, Seq begin, Seq end) {
  const auto newest = last();
  if (!newest) return newest;
  end = std::min(end, *newest + 1);
  if (begin >= end) return end;
  if (selection_.selects_all()) return end - begin > count ? end - count : begin;
  for (Seq step = first_step, high = end; high > begin; step = std::min(2 * step, longest_step)) {
    const Seq low = high - begin > step ? high - step : begin;
    const auto found = selected(low, high);
    if (!found) return found.error();
    if (found->size() >= count) return (*found)[found->size() - count];
    count -= found->size();
    high = low;
  }
  return begin;
}

}  // namespace breakerd::ctl
