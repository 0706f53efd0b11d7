#include <breakerd/actors/base/event_tail.hpp>

#include <algorithm>
#include <string>

namespace breakerd {
namespace {

/// Sums up the texts among an event's fields.
class TextBytes {
 public:
  std::size_t sum = 0;

  void operator()(std::string_view /*name*/, const auto& field) { add(field); }
  void since(unsigned /*version*/, std::string_view /*name*/, const auto& field) { add(field); }
  void json(std::string_view /*name*/, const auto& field) { add(field); }
  void spec(const JobSpecPtr& spec) { sum += sizeof(JobSpec) + spec->text_bytes() - spec->payload.size(); }
  void payload(std::string_view /*name*/, const std::string& payload, const PayloadRef& /*ref*/) { add(payload); }

 private:
  void add(const std::string& text) { sum += text.size(); }
  void add(const std::optional<std::string>& text) { sum += text ? text->size() : 0; }
  void add(const std::vector<Ordinal>& ordinals) { sum += ordinals.size() * sizeof(Ordinal); }
  void add(const auto& /*number*/) {}
};

}  // namespace

std::size_t memory_of(const CommittedEvent& event) {
  TextBytes texts;
  std::visit([&](const auto& data) { std::decay_t<decltype(data)>::fields(data, texts); }, event.event.data);
  return sizeof(CommittedEvent) + event.event.principal.size() + texts.sum;
}

Seq EventTail::last() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

bool EventTail::wanted() const {
  const std::lock_guard lock{mutex_};
  return bell_ != nullptr;
}

void EventTail::add(std::vector<CommittedEvent> events, Seq last) {
  Bell ring;
  {
    const std::lock_guard lock{mutex_};
    if (last <= last_) return;
    const bool follows = bell_ && !events.empty() && events.front().seq == last_ + 1 && events.back().seq == last;
    if (!follows) clear();
    last_ = last;
    if (bell_ && !events.empty() && events.back().seq == last)
      for (CommittedEvent& event : events) append(std::move(event));
    if (asleep_) ring = bell_;
    asleep_ = false;
  }
  if (ring) ring();
}

void EventTail::append(CommittedEvent event) {
  const std::size_t bytes = memory_of(event);
  const bool has_room = !chunks_.empty() && !chunks_.back().handed_out &&
                        chunks_.back().events->size() < bounds_.batch_events &&
                        chunks_.back().bytes + bytes <= bounds_.batch_bytes;
  if (!has_room) chunks_.push_back({std::make_shared<std::vector<CommittedEvent>>(), 0, false});
  chunks_.back().events->push_back(std::move(event));
  chunks_.back().bytes += bytes;
  ++events_;
  bytes_ += bytes;
  while (events_ > bounds_.events || bytes_ > bounds_.bytes) {
    events_ -= chunks_.front().events->size();
    bytes_ -= chunks_.front().bytes;
    chunks_.pop_front();
  }
}

void EventTail::clear() {
  chunks_.clear();
  events_ = bytes_ = 0;
}

void EventTail::follow(Bell bell) {
  const std::lock_guard lock{mutex_};
  bell_ = std::move(bell);
  asleep_ = false;
  if (!bell_) clear();
}

CommittedEvents EventTail::from(Seq next) {
  const std::lock_guard lock{mutex_};
  if (chunks_.empty() || next > last_ || next < chunks_.front().events->front().seq) return nullptr;
  const auto behind = std::upper_bound(chunks_.begin(), chunks_.end(), next,
                                       [](Seq seq, const Chunk& chunk) { return seq < chunk.events->front().seq; });
  Chunk& chunk = *std::prev(behind);
  const std::size_t skipped = next - chunk.events->front().seq;
  if (skipped > 0)
    return std::make_shared<const std::vector<CommittedEvent>>(
        chunk.events->begin() + static_cast<std::ptrdiff_t>(skipped), chunk.events->end());
  chunk.handed_out = true;
  return chunk.events;
}

bool EventTail::sleep(Seq seen) {
  const std::lock_guard lock{mutex_};
  asleep_ = last_ <= seen;
  return asleep_;
}

}  // namespace breakerd
