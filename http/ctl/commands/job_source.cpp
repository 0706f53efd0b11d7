#include <breakerd/http/ctl/commands/job_source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

void append_member(std::string& object, std::string_view key, std::string_view json) {
  if (object.size() > 1) object += ',';
  object += json_string(key);
  object += ':';
  object += json;
}

std::string retry_json(const JobDefaults& defaults) {
  std::string delays;
  for (const std::uint32_t delay : defaults.retry_delays_ms)
    delays += (delays.empty() ? "" : ",") + std::to_string(delay);
  return R"({"backoff":{"kind":"list","delays_ms":[)" + delays + "]}}";
}

std::string unique_json(const JobDefaults& defaults) {
  std::string json = R"({"on_conflict":)" + json_string(defaults.on_conflict.empty() ? "refuse" : defaults.on_conflict);
  if (defaults.unique_for_ms != 0) json += R"(,"for_ms":)" + std::to_string(defaults.unique_for_ms);
  return json + '}';
}

/// Members of the defaults that `has` does not report as there already.
template <class Has>
void append_defaults(std::string& object, const JobDefaults& defaults, const Has& has) {
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty() && !has(key)) append_member(object, key, json_string(value));
  };
  add("job_type", defaults.job_type);
  add("name", defaults.name);
  add("campaign_id", defaults.campaign);
  add("service", defaults.service);
  if (defaults.max_attempts != 0 && !has("max_attempts"))
    append_member(object, "max_attempts", std::to_string(defaults.max_attempts));
  if (defaults.max_expiries != 0 && !has("max_expiries"))
    append_member(object, "max_expiries", std::to_string(defaults.max_expiries));
  if (defaults.timeout_ms != 0 && !has("timeout_ms"))
    append_member(object, "timeout_ms", std::to_string(defaults.timeout_ms));
  if (defaults.priority != 0 && !has("priority")) append_member(object, "priority", std::to_string(defaults.priority));
  const bool has_time = has("run_at") || has("delay_ms");
  if (!defaults.run_at.empty() && !has_time) append_member(object, "run_at", json_string(defaults.run_at));
  if (defaults.delay_ms != 0 && !has_time) append_member(object, "delay_ms", std::to_string(defaults.delay_ms));
  const bool has_end = has("expires_at") || has("expires_in_ms");
  if (!defaults.expires_at.empty() && !has_end) append_member(object, "expires_at", json_string(defaults.expires_at));
  if (defaults.expires_in_ms != 0 && !has_end)
    append_member(object, "expires_in_ms", std::to_string(defaults.expires_in_ms));
  if (!defaults.retry_delays_ms.empty() && !has("retry")) append_member(object, "retry", retry_json(defaults));
  const bool has_key = !defaults.unique_key.empty() || has("unique_key");
  const bool has_terms = !defaults.on_conflict.empty() || defaults.unique_for_ms != 0;
  add("unique_key", defaults.unique_key);
  if (has_key && has_terms && !has("unique")) append_member(object, "unique", unique_json(defaults));
}

class CsvSource : public JobSource {
 public:
  CsvSource(std::istream& in, JobDefaults defaults) : reader_{in}, defaults_{std::move(defaults)} {}

  CliResult<std::optional<SourcedJob>> next() override {
    if (auto ready = ensure_header(); !ready || !*ready) return nothing_or(ready);
    auto record = reader_.next();
    if (!record) return record.error();
    if (!*record) return std::optional<SourcedJob>{};
    return job_of(**record);
  }

  CliResult<bool> skip() override {
    if (auto ready = ensure_header(); !ready || !*ready) return ready;
    return reader_.skip();
  }

 private:
  static CliResult<std::optional<SourcedJob>> nothing_or(const CliResult<bool>& ready) {
    if (!ready) return ready.error();
    return std::optional<SourcedJob>{};
  }

  /// False when there is not even a header.
  CliResult<bool> ensure_header() {
    if (!header_.empty()) return true;
    auto record = reader_.next();
    if (!record) return record.error();
    if (!*record) return false;
    auto& names = (*record)->fields;
    for (auto name = names.begin(); name != names.end(); ++name) {
      if (name->empty() || !is_utf8(*name)) return local_error("line 1: every column needs a name in UTF-8");
      if (std::find(names.begin(), name, *name) != name)
        return local_error("line 1: two columns are named \"" + *name + "\"");
    }
    for (const auto& name : names) header_.push_back(json_string(name) + ":");
    return true;
  }

  CliResult<std::optional<SourcedJob>> job_of(const CsvRecord& record) {
    if (record.fields.size() != header_.size()) {
      return local_error(fmt::format("line {}: {} fields where the header names {}", record.line, record.fields.size(),
                                     header_.size()));
    }
    std::string payload = "{";
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (!is_utf8(record.fields[i])) return local_error(fmt::format("line {}: not UTF-8", record.line));
      if (i > 0) payload += ',';
      payload += header_[i] + json_string(record.fields[i]);
    }
    payload += '}';
    return std::optional{SourcedJob{record.line, job_text(defaults_, payload)}};
  }

  CsvReader reader_;
  JobDefaults defaults_;
  std::vector<std::string> header_;  ///< as `"name":`
};

class NdjsonSource : public JobSource {
 public:
  NdjsonSource(std::istream& in, JobDefaults defaults) : in_{in}, defaults_{std::move(defaults)} {}

  CliResult<std::optional<SourcedJob>> next() override {
    auto row = next_row(ndjson_line_bytes_max);
    if (!row) return row.error();
    if (!*row) return std::optional<SourcedJob>{};
    return job_of(**row);
  }

  CliResult<bool> skip() override {
    const auto row = next_row(0);
    if (!row) return row.error();
    return row->has_value();
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  /// The next line that is not blank, without blanks around it; of a longer one the first `bytes_max` + 1 bytes.
  CliResult<std::optional<std::string>> next_row(std::size_t bytes_max) {
    if (!std::exchange(begun_, true) && !skip_byte_order_mark(in_)) return local_error("line 1: not UTF-8");
    std::string row;
    auto& bytes = *in_.rdbuf();
    constexpr int end = std::istream::traits_type::eof();
    while (bytes.sgetc() != end) {
      ++line_;
      for (int c = bytes.sbumpc(); c != end && c != '\n'; c = bytes.sbumpc()) {
        const bool leading = row.empty() && is_blank(static_cast<char>(c));
        if (!leading && row.size() <= bytes_max) row += static_cast<char>(c);
      }
      if (!row.empty()) break;
    }
    if (row.empty() && in_.bad()) return local_error("the input cannot be read any further");
    if (row.empty()) return std::optional<std::string>{};
    if (row.size() <= bytes_max) row.erase(row.find_last_not_of(" \t\r") + 1);
    return std::optional{std::move(row)};
  }

  CliResult<std::optional<SourcedJob>> job_of(const std::string& row) {
    if (row.size() > ndjson_line_bytes_max) {
      return local_error(fmt::format("line {}: longer than {} bytes", line_, ndjson_line_bytes_max));
    }
    // A batch is an array of jobs, and a payload lies one deeper in its job: the daemon counts from the outside.
    const auto depth_max = json_depth_max - (defaults_.job_type.empty() ? 1 : 2);
    if (const auto problem = json_problem(row, depth_max); !problem.empty())
      return local_error(fmt::format("line {}: {}", line_, problem));
    if (!defaults_.job_type.empty()) return std::optional{SourcedJob{line_, job_text(defaults_, row)}};
    if (row.front() != '{')
      return local_error(fmt::format("line {}: not a job object (give --type when the lines are payloads)", line_));
    if (!raw_member(row, "job_type")) {
      return local_error(
          fmt::format("line {}: the job has no job_type (give --type when the lines are payloads)", line_));
    }
    std::string job = row.substr(0, row.rfind('}'));
    append_defaults(job, defaults_, [&row](std::string_view key) { return raw_member(row, key).has_value(); });
    return std::optional{SourcedJob{line_, job + "}"}};
  }

  std::istream& in_;
  JobDefaults defaults_;
  std::uint64_t line_ = 0;
  bool begun_ = false;
};

}  // namespace

std::string job_text(const JobDefaults& defaults, std::string_view payload) {
  std::string job = "{";
  append_defaults(job, defaults, [](std::string_view) { return false; });
  if (!payload.empty()) append_member(job, "payload", payload);
  return job + "}";
}

RowFormat format_of(std::string_view path) {
  auto ending = std::filesystem::path{path}.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".csv" ? RowFormat::csv : RowFormat::ndjson;
}

CliResult<std::unique_ptr<JobSource>> make_job_source(std::istream& in, RowFormat format, JobDefaults defaults) {
  if (format == RowFormat::csv) {
    if (defaults.job_type.empty()) return usage_error("rows of CSV become payloads: give their job type with --type");
    return std::unique_ptr<JobSource>{std::make_unique<CsvSource>(in, std::move(defaults))};
  }
  return std::unique_ptr<JobSource>{std::make_unique<NdjsonSource>(in, std::move(defaults))};
}

}  // namespace breakerd::ctl
