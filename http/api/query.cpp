#include <breakerd/http/api/query.hpp>

#include <algorithm>
#include <charconv>

#include <breakerd/http/edge/target.hpp>

namespace breakerd::http {

namespace {

/// More than any call has.
constexpr std::size_t parameters_max = 32;

}  // namespace

Query::Query(std::string_view raw) {
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(pair.size() + 1, raw.size()));
    if (pair.empty()) continue;
    if (parameters_.size() == parameters_max) {
      errors_.add_field("query", "at most " + std::to_string(parameters_max) + " parameters");
      return;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals), true);
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name) {
      errors_.add_field("query", "names in percent-encoded UTF-8");
    } else if (!value) {
      errors_.add_field(*name, "percent-encoded UTF-8");
    } else if (find(*name) != nullptr) {
      errors_.add_field(*name, "given once");
    } else {
      parameters_.push_back({*name, *value});
    }
  }
}

Query::Parameter* Query::find(std::string_view name) {
  const auto at =
      std::find_if(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return p.name == name; });
  return at == parameters_.end() ? nullptr : &*at;
}

std::string Query::text(std::string_view name) {
  known_.append(known_.empty() ? "" : ", ").append(name);
  Parameter* parameter = find(name);
  if (parameter == nullptr) return {};
  parameter->asked_for = true;
  if (parameter->value.empty()) refuse(name, "a value");
  return parameter->value;
}

std::uint64_t Query::number(std::string_view name, std::uint64_t fallback, std::uint64_t low, std::uint64_t high,
                            std::string_view more) {
  const std::string given = text(name);
  if (given.empty()) return fallback;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error == std::errc{} && end == given.data() + given.size() && value >= low && value <= high) return value;
  refuse(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high) + std::string{more});
  return fallback;
}

bool Query::flag(std::string_view name) {
  const std::string given = text(name);
  if (!given.empty() && given != "true" && given != "false") refuse(name, "true or false");
  return given == "true";
}

void Query::refuse(std::string_view name, std::string expected) {
  errors_.add_field(std::string{name}, std::move(expected));
}

std::optional<Problem> Query::problem() {
  for (const Parameter& parameter : parameters_) {
    if (parameter.asked_for) continue;
    errors_.add_field(parameter.name, known_.empty() ? "no query parameters" : "one of the query parameters " + known_);
  }
  if (errors_.field_count == 0) return std::nullopt;
  Problem problem{422, "invalid", {}, std::move(errors_.fields), {}};
  problem.detail = "query parameter " + problem.errors.front().field + ": expected " + problem.errors.front().expected;
  return problem;
}

}  // namespace breakerd::http
