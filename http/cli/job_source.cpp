#include "http/cli/job_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/cli/json_text.hpp"
#include "http/cli/text.hpp"

namespace breakerd::cli {
namespace {

void append_member(std::string& object, std::string_view key, std::string_view json) {
  if (object.size() > 1) object += ',';
  object += json_string(key);
  object += ':';
  object += json;
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
}

class CsvSource : public JobSource {
 public:
  CsvSource(std::istream& in, JobDefaults defaults) : reader_{in}, defaults_{std::move(defaults)} {}

  CliResult<std::optional<SourcedJob>> next() override {
    if (header_.empty()) {
      if (auto error = read_header()) return *error;
      if (header_.empty()) return std::optional<SourcedJob>{};
    }
    auto record = reader_.next();
    if (!record) return record.error();
    if (!*record) return std::optional<SourcedJob>{};
    return job_of(**record);
  }

 private:
  std::optional<CliError> read_header() {
    auto record = reader_.next();
    if (!record) return record.error();
    if (!*record) return std::nullopt;
    auto& names = (*record)->fields;
    for (auto name = names.begin(); name != names.end(); ++name) {
      if (name->empty() || !is_utf8(*name)) return local_error("line 1: every column needs a name in UTF-8");
      if (std::find(names.begin(), name, *name) != name)
        return local_error("line 1: two columns are named \"" + *name + "\"");
    }
    for (const auto& name : names) header_.push_back(json_string(name) + ":");
    return std::nullopt;
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
    std::string row;
    while (std::getline(in_, row)) {
      ++line_;
      const auto first = row.find_first_not_of(" \t\r");
      if (first == std::string::npos) continue;
      row = row.substr(first, row.find_last_not_of(" \t\r") - first + 1);
      return job_of(row);
    }
    if (in_.bad()) return local_error("the input cannot be read any further");
    return std::optional<SourcedJob>{};
  }

 private:
  CliResult<std::optional<SourcedJob>> job_of(const std::string& row) {
    if (row.size() > ndjson_line_bytes_max) {
      return local_error(fmt::format("line {}: longer than {} bytes", line_, ndjson_line_bytes_max));
    }
    if (!is_json(row)) return local_error(fmt::format("line {}: not a JSON value", line_));
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
};

}  // namespace

std::string job_text(const JobDefaults& defaults, std::string_view payload) {
  std::string job = "{";
  append_defaults(job, defaults, [](std::string_view) { return false; });
  if (!payload.empty()) append_member(job, "payload", payload);
  return job + "}";
}

RowFormat format_of(std::string_view path) {
  constexpr std::string_view csv = ".csv";
  const bool is_csv = path.size() >= csv.size() && path.substr(path.size() - csv.size()) == csv;
  return is_csv ? RowFormat::csv : RowFormat::ndjson;
}

CliResult<std::unique_ptr<JobSource>> make_job_source(std::istream& in, RowFormat format, JobDefaults defaults) {
  if (format == RowFormat::csv) {
    if (defaults.job_type.empty()) return usage_error("rows of CSV become payloads: give their job type with --type");
    return std::unique_ptr<JobSource>{std::make_unique<CsvSource>(in, std::move(defaults))};
  }
  return std::unique_ptr<JobSource>{std::make_unique<NdjsonSource>(in, std::move(defaults))};
}

}  // namespace breakerd::cli
