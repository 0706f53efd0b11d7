#pragma once
// Events to bytes and back, and to JSON. The byte form is described in docs/event-log.md and frozen by golden files.

#include <string>
#include <string_view>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>

namespace breakerd {

/// The version that is written of a type. A change of its shape raises it (event.hpp).
template <class E>
inline constexpr unsigned version_of = 1;
template <class E>
requires requires { E::version; }
inline constexpr unsigned version_of<E> = E::version;
[[nodiscard]] unsigned event_version(const EventData& data);

/// Appends the body of an event: type code, version, time, cause, principal, operation, fields. `event.cause` must be
/// resolved. What it says of its payload is set: the payload at hand is not in the body (payload.hpp).
void encode_event(std::string& out, Event& event);

/// Reads a body of any version ever written. `corrupt` for anything else. A payload that is kept beside the event is
/// not at hand.
[[nodiscard]] Result<Event> decode_event(std::string_view body);

/// Appends the event's own fields as a JSON object. Absent identifiers, numbers that mean "none" and empty texts are
/// null; so is a payload that is not at hand.
void append_event_data(std::string& out, const EventData& data);

/// The type code of a name, 0 when there is no such type.
[[nodiscard]] std::uint8_t type_code(std::string_view name);

/// The version that a body was written in, without decoding the rest; 0 when it is not to be read.
[[nodiscard]] unsigned version_of_body(std::string_view body);

/// The type code on disk of the type that has this place in EventData.
[[nodiscard]] constexpr std::size_t code_of(std::size_t index) { return index + 1; }

/// Set in the first byte of a body that has an operation. Type codes are below it.
inline constexpr std::uint8_t has_operation = 0x80;

/// The type code of a body without decoding the rest; 0 when it is empty.
[[nodiscard]] inline std::uint8_t type_code_of_body(std::string_view body) {
  return body.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(body.front() & ~has_operation);
}

}  // namespace breakerd
