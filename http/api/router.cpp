#include <breakerd/http/api/router.hpp>

#include <charconv>

namespace breakerd::http {
namespace {

/// Takes the first segment off `path`.
std::string_view pop_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

bool parse_job(std::string_view text, JobId& job) {
  if (text.empty() || text.front() == '0') return false;  // ids have one form only
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), job);
  return error == std::errc{} && end == text.data() + text.size();
}

bool match_segment(std::string_view pattern, std::string_view segment, PathParams& params) {
  if (pattern.empty() || pattern.front() != '{') return pattern == segment;
  if (pattern == "{job}") return parse_job(segment, params.job);
  if (pattern == "{campaign}") {
    params.campaign = Uuid::parse(segment).value_or(CampaignId{});
    return !params.campaign.is_nil();
  }
  params.text = segment;
  return !segment.empty();
}

/// `path` without the slash at its end: with one it is the same path.
std::string_view without_final_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool matches(std::string_view pattern, std::string_view path, PathParams& params) {
  if (path.ends_with('/')) return false;
  while (!pattern.empty() && !path.empty()) {
    if (pattern == "{rest}") {
      params.text = path;
      return true;
    }
    if (!match_segment(pop_segment(pattern), pop_segment(path), params)) return false;
  }
  return pattern.empty() && path.empty();
}

/// The group of `path`, with `path` left as the part behind the prefix and its slash.
const RouteGroup* find_group(std::string_view& path) {
  for (const RouteGroup& group : route_groups()) {
    if (!path.starts_with(group.prefix)) continue;
    const std::string_view rest = path.substr(group.prefix.size());
    if (!rest.empty() && rest.front() != '/') continue;
    path = rest.empty() ? rest : rest.substr(1);
    return rest == "/" ? nullptr : &group;
  }
  return nullptr;
}

}  // namespace

std::string_view method_name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::post:
      return "POST";
    case Method::patch:
      return "PATCH";
    case Method::put:
      return "PUT";
    case Method::remove:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      return {};
  }
  return {};
}

Match find_route(Method method, std::string_view path, PathParams& params) {
  Match match;
  path = without_final_slash(path);
  const RouteGroup* group = find_group(path);
  if (group == nullptr) return match;
  for (const Route& route : group->routes) {
    if (!matches(route.pattern, path, params)) continue;
    match.path_known = true;
    if (route.method != method) continue;
    match.handler = route.handler;
    match.has_parameters = route.has_parameters;
    match.is_operators = route.is_operators;
    match.has_secrets = route.has_secrets;
    match.is_many = route.is_many;
    return match;
  }
  return match;
}

std::string allow_field(std::string_view path) {
  std::string field = "Allow: ";
  path = without_final_slash(path);
  const RouteGroup* group = find_group(path);
  if (group == nullptr) return {};
  PathParams ignored;
  bool first = true;
  for (const Route& route : group->routes) {
    if (!matches(route.pattern, path, ignored)) continue;
    field.append(first ? "" : ", ").append(method_name(route.method));
    if (route.method == Method::get) field.append(", HEAD");
    first = false;
  }
  return field + "\r\n";
}

}  // namespace breakerd::http
