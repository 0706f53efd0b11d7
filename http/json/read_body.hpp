#pragma once
// JSON bodies straight into commands: no tree in between. Built on JsonParser, which knows the grammar; what a body
// must not have beyond it (duplicate keys, any depth, any number of values) is refused here.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/http/json/fields.hpp>

namespace breakerd::http {

/// What was wrong with a body. Syntax comes before size, size before fields.
struct BodyErrors {
  int status = 0;  ///< 0: fine; 400 not JSON; 413 too large; 422 fields
  std::string_view code;
  std::string detail;
  std::vector<FieldError> fields;  ///< the first field_errors_max
  std::size_t field_count = 0;     ///< all of them

  [[nodiscard]] bool ok() const { return status == 0; }
  void add_field(std::string field, std::string expected);
};

/// How bodies are read.
struct BodyRules {
  std::size_t values_max;     ///< JSON values in one body; over it: 413
  std::uint64_t hash_secret;  ///< drawn once a process: nobody can make keys that collide (duplicate_keys.hpp)
};

/// Reads one object. Fields that are not in `fields` are refused by name; values that fit are stored even when others
/// are refused, so that the caller can act on them.
[[nodiscard]] BodyErrors read_object(std::string_view body, const FieldSet& fields, const BodyRules& rules);

/// Where the items of a batch go.
struct BatchItems {
  std::size_t count_max = 0;      ///< over it: 413, or, of a batch that has a name, 422 about that
  std::function<FieldSet()> add;  ///< makes room for one more and gives its fields, good until the next one
  std::optional<std::string_view> named{};
};

/// Reads a batch: a JSON array of objects or, with `lines`, one object a line. Fields are named `[17].job_type`.
[[nodiscard]] BodyErrors read_batch(std::string_view body, bool lines, BatchItems items, const BodyRules& rules);

/// What may be said of any job, whoever enqueues it and when.
[[nodiscard]] FieldSet common_job_fields(JobSpec& spec, std::size_t payload_bytes_max);
/// The fields of a job to be enqueued, and a batch of them.
[[nodiscard]] FieldSet job_fields(JobSpec& spec);
[[nodiscard]] BatchItems items_of(std::vector<JobSpec>& specs);

/// The fields of one of many jobs that are completed, and a batch of them.
[[nodiscard]] FieldSet completion_fields(CompleteJob& command);
[[nodiscard]] BatchItems items_of(std::vector<CompleteJob>& commands);

}  // namespace breakerd::http
