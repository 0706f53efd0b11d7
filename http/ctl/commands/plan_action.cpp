#include <breakerd/http/ctl/commands/plan_action.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/triage.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/ctl/text/measures.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view form = R"(such as "cancel older-than=2h type=mail service=smtp campaign=ID")";

constexpr std::string_view blanks = " \t\n";

CliError wrong(std::string_view what) { return usage_error(fmt::format("--action: {}; it is {}", what, form)); }

/// Takes the next word from `text`; quotes around a part of it are left out. nullopt: a quote is not closed.
std::optional<std::string> take_word(std::string_view& text) {
  std::string word;
  char quote = 0;
  while (!text.empty() && (quote != 0 || blanks.find(text.front()) == std::string_view::npos)) {
    const char c = text.front();
    text.remove_prefix(1);
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (quote != 0) return std::nullopt;
  return word;
}

void skip_blanks(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size())); }

/// Puts one part of the action into `action`; nothing when all is well.
std::optional<CliError> add_part(Json& action, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return wrong(fmt::format("\"{}\" is no part of an action", word));
  const auto name = word.substr(0, equals);
  auto value = word.substr(equals + 1);
  if (value.empty()) return wrong(fmt::format("{} has no value", name));
  const auto put = [&](const char* member, Json what) -> std::optional<CliError> {
    if (action.contains(member)) return wrong(fmt::format("{} is there twice", name));
    action[member] = std::move(what);
    return std::nullopt;
  };
  if (name == "older-than") {
    const auto length = parse_length(value, limits::delay_ms_max);
    if (!length) return wrong(fmt::format("\"{}\" is not {}", value, length_expected));
    return put("older_than_ms", *length);
  }
  if (name == "type") return put("job_type", to_utf8(value));
  if (name == "campaign") return put("campaign_id", to_utf8(value));
  if (name != "service") return wrong(fmt::format("\"{}\" is none of older-than, type, service, campaign", name));
  fold_case(value);
  if (!is_service_name(value)) return wrong(fmt::format("a service is {}", service_expected));
  return put("service", value);
}

}  // namespace

CliResult<Json> parse_plan_action(std::string_view text) {
  skip_blanks(text);
  const auto verb = take_word(text);
  if (!verb || !parse_plan_verb(*verb))
    return wrong(fmt::format("\"{}\" is none of release, park, cancel", verb.value_or("")));
  Json action{{"do", *verb}};
  for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
    const auto word = take_word(text);
    if (!word) return wrong("a quote is not closed");
    if (auto error = add_part(action, *word)) return std::move(*error);
  }
  return action;
}

}  // namespace breakerd::ctl
