#pragma once
// The table of calls as requests: for tests that must hold for every call there is.

#include <string>
#include <string_view>

#include <breakerd/http/api/router.hpp>

namespace breakerd::http::test {

/// "GET", "POST", "PUT", "PATCH" or "DELETE".
[[nodiscard]] inline std::string_view name_of(Method method) {
  if (method == Method::get) return "GET";
  if (method == Method::remove) return "DELETE";
  if (method == Method::put) return "PUT";
  return method == Method::post ? "POST" : "PATCH";
}

/// A path of the call, with something at the place of each placeholder.
[[nodiscard]] inline std::string path_of(const RouteGroup& group, const Route& route) {
  std::string path{group.prefix};
  if (!route.pattern.empty()) path.append("/").append(route.pattern);
  const auto fill = [&](std::string_view placeholder, std::string_view with) {
    const std::size_t at = path.find(placeholder);
    if (at != std::string::npos) path.replace(at, placeholder.size(), with);
  };
  fill("{job}", "7");
  fill("{campaign}", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  fill("{text}", "apollo");
  fill("{rest}", "mail/large");
  return path;
}

}  // namespace breakerd::http::test
