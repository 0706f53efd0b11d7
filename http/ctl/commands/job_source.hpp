#pragma once
// Turns a file of rows into the jobs of an enqueue. Not thread safe.
//
// CSV: the first record names the members; every further one becomes a payload object of strings, and needs a job type
// for all. NDJSON: one JSON value a line, empty lines passed over. With a job type for all, each line is a payload;
// without one, each line is a whole job as POST /api/v1/jobs takes it. A byte order mark before the first row is passed
// over. Memory is bounded by one row.

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/text/csv.hpp>
#include <breakerd/http/ctl/text/error.hpp>

namespace breakerd::ctl {

inline constexpr std::size_t ndjson_line_bytes_max = 1u << 20;

/// What every job of an enqueue is given. Empty or zero means "not given".
struct JobDefaults {
  std::string job_type;
  std::string name;
  std::string campaign;
  std::string service;
  std::uint32_t max_attempts = 0;
  std::uint32_t max_expiries = 0;
  std::uint32_t timeout_ms = 0;
  int priority = 0;
  std::string run_at;  ///< RFC 3339
  std::uint64_t delay_ms = 0;
  std::string expires_at;  ///< RFC 3339
  std::uint64_t expires_in_ms = 0;
  std::vector<std::uint32_t> retry_delays_ms;  ///< between attempts; the last one is kept
  std::string unique_key;
  std::string on_conflict;  ///< of jobs that have a unique key; so is the next one
  std::uint64_t unique_for_ms = 0;
};

/// One job as POST /api/v1/jobs takes it, of a payload that is valid JSON text (empty: none).
[[nodiscard]] std::string job_text(const JobDefaults& defaults, std::string_view payload);

struct SourcedJob {
  std::uint64_t line = 0;  ///< of the file, from 1
  std::string text;        ///< a JSON object
};

class JobSource {
 public:
  virtual ~JobSource() = default;
  /// The next job, nullopt at the end. Errors are local and name the line.
  [[nodiscard]] virtual CliResult<std::optional<SourcedJob>> next() = 0;

  /// Passes over the next row, whatever it holds; false at the end. Errors are local.
  [[nodiscard]] virtual CliResult<bool> skip() = 0;
};

enum class RowFormat { ndjson, csv };

/// By the end of the name, in upper or lower case: .csv is CSV, everything else (and "-") NDJSON.
[[nodiscard]] RowFormat format_of(std::string_view path);

/// `in` must outlive the source. A usage error when CSV has no job type.
[[nodiscard]] CliResult<std::unique_ptr<JobSource>> make_job_source(std::istream& in, RowFormat format,
                                                                    JobDefaults defaults);

}  // namespace breakerd::ctl
