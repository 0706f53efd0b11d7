#pragma once
// What is done with a log here: opened, given jobs, read. Whatever fails throws std::runtime_error.

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>
#include "tests/storage/crash_points/recorder.hpp"

namespace breakerd::crash {

/// The hashes of a log's events: chain[seq]; chain[0] is that of the empty log.
using Chain = std::vector<Digest>;

template <class T>
T need(Result<T> result, const std::string& doing) {
  if (!result)
    throw std::runtime_error{doing + ": " + std::string{to_string(result.error().code)} + ": " + result.error().detail};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

[[nodiscard]] std::unique_ptr<EventLog> open_log(const std::filesystem::path& directory,
                                                 HeadMode head = HeadMode::async);

/// One append of four events: two jobs, of which the first is leased and completed. The second has a payload of
/// `payload_bytes`. Tells the recorder, when there is one, before and after.
void append_jobs(EventLog& log, std::size_t payload_bytes, Recorder* recorder);

/// The append alone; gives its answer.
[[nodiscard]] Result<Appended> try_append_jobs(EventLog& log, std::size_t payload_bytes, Recorder* recorder);

[[nodiscard]] Chain chain_of(const EventLog& log);

}  // namespace breakerd::crash
