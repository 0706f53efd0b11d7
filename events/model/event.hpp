#pragma once
// An event with what every event has, and the streams that events belong to. What happened is one of event_types.hpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/event_types.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// The append that an event begins, when that has a name: one that was kept is not appended again.
struct Operation {
  OperationId id{};          ///< nil: it has none, or this is not its first event
  std::uint32_t events = 0;  ///< of the append

  friend bool operator==(const Operation&, const Operation&) = default;
};

/// An event with what every event has. Its seq is its place in the log, given at the append.
struct Event {
  EventData data;
  std::string principal;  ///< who asked
  Time time{};
  Seq cause = 0;  ///< the event that led to it; 0: a command from outside
  /// Until the append gives seqs: the index, within the same append, of the event that led to it; -1: see `cause`.
  int cause_index = -1;
  Operation operation{};  ///< set by the append
};

/// An event as the log has it, for subscribers.
struct CommittedEvent {
  Seq seq = 0;
  Event event;
};
using CommittedEvents = std::shared_ptr<const std::vector<CommittedEvent>>;  ///< shared by all subscribers

/// The name of an event's type, e.g. "JobLeased".
[[nodiscard]] std::string_view type_name(const EventData& data);

/// Whose history an event belongs to.
struct Stream {
  StreamKind kind = StreamKind::breaker;
  JobId job = 0;
  CampaignId campaign{};

  friend bool operator==(const Stream&, const Stream&) = default;
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static std::optional<Stream> parse(std::string_view text);
};
[[nodiscard]] Stream stream_of(const EventData& data);

}  // namespace breakerd
