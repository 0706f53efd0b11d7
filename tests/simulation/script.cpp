#include "tests/simulation/script.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "tests/simulation/swarm.hpp"

namespace breakerd::simulation {
namespace {

constexpr std::uint32_t move_max = 1'000'000;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

/// "user:0-4,user:7"
std::string ranges_of(const std::string& user, const std::set<std::uint32_t>& moves) {
  std::string text;
  for (auto at = moves.begin(); at != moves.end();) {
    const std::uint32_t first = *at;
    std::uint32_t last = first;
    for (++at; at != moves.end() && *at == last + 1; ++at) last = *at;
    text += (text.empty() ? "" : ",") + user + ":" + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  }
  return text;
}

bool read_range(std::string_view text, Script& script) {
  const auto user = text.substr(0, std::min(text.find(':'), text.size()));
  if (user.empty() || user.size() == text.size()) return false;
  const auto ends = split(text.substr(user.size() + 1), '-');
  std::uint32_t first = 0;
  if (ends.empty() || ends.size() > 2 || !read_number(ends.front(), first)) return false;
  std::uint32_t last = first;
  if (!read_number(ends.back(), last) || last < first || last > move_max) return false;
  auto& moves = script.skipped[std::string{user}];
  for (std::uint32_t move = first; move <= last; ++move) moves.insert(move);
  return true;
}

bool is_kind(std::string_view name) {
  return std::any_of(fault_kinds.begin(), fault_kinds.end(), [&](const FaultKind& kind) { return kind.name == name; });
}

bool read_member(std::string_view name, std::string_view value, Script& script) {
  const auto parts = split(value, ',');
  const auto insert_all = [&](std::set<std::string>& names) {
    for (const auto part : parts) names.emplace(part);
    return !parts.empty();
  };
  if (name == "seed") return read_number(value, script.seed);
  if (name == "calls") return read_number(value, script.calls) && script.calls > 0;
  if (name == "without") return std::all_of(parts.begin(), parts.end(), is_kind) && insert_all(script.without);
  if (name == "silent") return insert_all(script.silent);
  if (name != "skip") return false;
  return !parts.empty() &&
         std::all_of(parts.begin(), parts.end(), [&](std::string_view range) { return read_range(range, script); });
}

}  // namespace

bool Script::does(const std::string& user, std::uint32_t move) const {
  if (silent.contains(user)) return false;
  const auto of_user = skipped.find(user);
  return of_user == skipped.end() || !of_user->second.contains(move);
}

std::string to_string(const Script& script) {
  std::string text = "seed=" + std::to_string(script.seed);
  if (script.calls != Script{}.calls) text += " calls=" + std::to_string(script.calls);
  if (!script.without.empty()) text += " without=" + joined(script.without);
  if (!script.silent.empty()) text += " silent=" + joined(script.silent);
  std::string skipped;
  for (const auto& [user, moves] : script.skipped)
    if (!moves.empty()) skipped += (skipped.empty() ? "" : ",") + ranges_of(user, moves);
  return skipped.empty() ? text : text + " skip=" + skipped;
}

std::optional<Script> parse_script(std::string_view text) {
  Script script;
  std::set<std::string_view> seen;
  for (const std::string_view member : split(text, ' ')) {
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || !seen.insert(member.substr(0, equals)).second) return std::nullopt;
    if (!read_member(member.substr(0, equals), member.substr(equals + 1), script)) return std::nullopt;
  }
  if (!seen.contains("seed")) return std::nullopt;
  return script;
}

}  // namespace breakerd::simulation
