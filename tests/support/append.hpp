#pragma once
// Appends in tests: one commit of one append.

#include <initializer_list>
#include <utility>

#include <breakerd/storage/log/event_log.hpp>
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

namespace breakerd::test {

inline Append together(std::initializer_list<EventData> events) {
  Append append;
  for (const EventData& data : events) append.events.push_back(said(data));
  return append;
}

/// One commit of one append.
inline Result<Appended> try_append(EventLog& log, Append append) {
  auto answers = log.append({&append, 1});
  if (!answers) return answers.error();
  REQUIRE(answers->size() == 1);
  return answers->front();
}

inline Appended wrote(EventLog& log, std::initializer_list<EventData> events) {
  return must(try_append(log, together(events)));
}

}  // namespace breakerd::test
