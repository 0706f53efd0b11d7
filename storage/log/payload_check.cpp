#include <breakerd/storage/log/payload_check.hpp>

#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/tables/payload_row.hpp>

namespace breakerd {
namespace {

constexpr std::size_t events_per_read = 4'096;

std::string payload_named(Seq seq) { return "the payload of event " + std::to_string(seq); }

}  // namespace

Result<void> PayloadCheck::take(Seq seq, const EventData& data) {
  last_ = seq;
  if (const PayloadRef* ref = payload_ref(data); ref != nullptr && ref->exists()) expected_.push_back({seq, *ref});
  if (seq - begin_ < events_per_read) return {};
  return read_until(seq + 1);
}

Result<void> PayloadCheck::finish() {
  if (auto ok = read_until(last_ + 1); !ok) return ok;
  return view_.scan(Table::payloads, number_key(last_ + 1), {}, [&](std::string_view key, std::string_view) {
    problem_(payload_named(read_big_endian(key)) + " is there, and no such event could be read");
    return true;
  });
}

/// Payloads and events in [begin_, end) side by side.
Result<void> PayloadCheck::read_until(Seq end) {
  auto next = expected_.begin();
  const auto miss_until = [&](Seq seq) {
    for (; next != expected_.end() && next->seq < seq; ++next) problem_(payload_named(next->seq) + " is missing");
  };
  const auto scanned = view_.scan(Table::payloads, number_key(begin_), number_key(end),
                                  [&](std::string_view key, std::string_view bytes) {
                                    const Seq seq = read_big_endian(key);
                                    miss_until(seq);
                                    if (next == expected_.end() || next->seq != seq) {
                                      problem_(payload_named(seq) + " is there, and that event speaks of none");
                                      return true;
                                    }
                                    const auto row = decode_payload_row(bytes);
                                    if (!row || !is_payload_of(next->ref, row->salt, row->payload))
                                      problem_(payload_named(seq) + " was changed: it is not what the event says");
                                    ++next;
                                    return true;
                                  });
  if (!scanned) return scanned;
  miss_until(end);
  expected_.clear();
  begin_ = end;
  return {};
}

}  // namespace breakerd
