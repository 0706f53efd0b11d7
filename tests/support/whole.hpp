#pragma once
// An event, a list of them or a refusal as one text, so that a test compares the whole of it and a failure shows both.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd::test {

/// The type and every field.
inline std::string whole(const EventData& event) {
  std::string text{type_name(event)};
  append_event_data(text, event);
  return text;
}
inline std::string whole(const std::vector<EventData>& events) {
  std::string text;
  for (const EventData& event : events) text += (text.empty() ? "" : " ") + whole(event);
  return text;
}
template <class E>
std::string whole(const std::optional<E>& event) {
  return event ? whole(*event) : std::string{};
}

inline std::string whole(const Error& error) {
  std::string text = std::string{to_string(error.code)} + ": " + error.detail;
  for (const FieldError& field : error.fields) text += " {" + field.field + ": " + field.expected + "}";
  if (!error.job_status.empty()) text += " (" + error.job_status + ")";
  return text;
}

/// What was decided, or why it was not.
template <class T>
std::string whole(const Result<T>& decided) {
  return decided ? whole(*decided) : whole(decided.error());
}
inline std::string whole(const Result<void>& checked) { return checked ? std::string{} : whole(checked.error()); }

}  // namespace breakerd::test
