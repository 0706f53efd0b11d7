#include "tests/simulation/promises/events_seen.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::uint64_t remembered_max = 1'000'000;

std::uint64_t number(const std::map<std::string, std::string>& query, const char* name, std::uint64_t otherwise) {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : std::stoull(found->second);
}

}  // namespace

void EventsSeen::ended(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object()) return;
  if (ended.request.kind() == Kind::events) page(ended);
  if (ended.request.kind() != Kind::status || !ended.data.contains("queue")) return;
  const auto last = ended.data["queue"].value("last_seq", std::uint64_t{0});
  if (last < last_seq_.floor(ended.begun)) complain_("last_seq went back to " + std::to_string(last));
  last_seq_.seen(ended.ended, last);
}

void EventsSeen::page(const Ended& ended) {
  const auto& query = ended.request.query;
  const bool filtered = query.count("type") + query.count("stream") + query.count("principal") > 0;
  const std::uint64_t from = number(query, "from", 1);
  std::uint64_t expected = from;
  for (const json& event : ended.data.value("events", json::array())) {
    const auto seq = event.value("seq", std::uint64_t{0});
    if (filtered ? seq < expected : seq != expected) {
      complain_("GET /events shows event " + std::to_string(seq) + " where " + std::to_string(expected) +
                " comes next");
    }
    expected = seq + 1;
    this->event(event);
    last_seq_.seen(ended.ended, seq);
  }
  const auto next = ended.data.value("next", std::uint64_t{0});
  if (next < expected) complain_("GET /events goes on at " + std::to_string(next) + ", behind where it ended");
  if (!filtered && expected == from && from <= last_seq_.floor(ended.begun)) {
    complain_("GET /events shows no event " + std::to_string(from) + ", which there is");
  }
}

void EventsSeen::event(const json& event) {
  const auto seq = event.value("seq", std::uint64_t{0});
  if (seq >= remembered_max) return;
  for (const char* member : {"time", "type", "stream", "principal", "hash"}) {
    if (!event.contains(member) || !event[member].is_string() || event[member].get_ref<const std::string&>().empty()) {
      complain_("event " + std::to_string(seq) + " has no " + member);
    }
  }
  if (seen_.size() <= seq) seen_.resize(seq + 1);
  const std::size_t hash = std::hash<std::string>{}(event.dump()) | 1;
  if (seen_[seq] != 0 && seen_[seq] != hash)
    complain_("event " + std::to_string(seq) + " has changed since it was read");
  seen_[seq] = hash;
}

}  // namespace breakerd::simulation
