#pragma once
// The table of calls. Matching looks at views only and allocates nothing.

#include <span>
#include <string>
#include <string_view>

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

using CallHandler = void (*)(Call&);

/// Placeholders match one segment: {job} an id of a job, {campaign} a UUID, {text} anything that is not empty;
/// {rest}, at the end, all segments that are left. An id
/// that cannot exist matches nothing, so that it is 404 like one that merely does not exist.
struct Route {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order
                // in which routes are read
  Method method = Method::get;
  std::string_view pattern;  ///< without the group's prefix
  CallHandler handler = nullptr;
  bool has_parameters = false;  ///< takes query parameters, and sees to those it does not know
  bool is_operators = false;    ///< as Handler::is_operators
  bool has_secrets = false;     ///< its answer is not kept, and it takes no Idempotency-Key
  bool is_many = false;         ///< many changes, of which each is durable by itself
};

/// Routes that share a first part of their path.
struct RouteGroup {
  std::string_view prefix;
  std::span<const Route> routes;
};

/// Every call there is (routes.cpp).
[[nodiscard]] std::span<const RouteGroup> route_groups();

struct Match {
  CallHandler handler = nullptr;  ///< null: see path_known
  bool has_parameters = false;    ///< as in Route
  bool is_operators = false;      ///< as in Route
  bool has_secrets = false;       ///< as in Route
  bool is_many = false;           ///< as in Route
  bool path_known = false;        ///< the path exists, with other methods
};

/// Of the request line, for example "POST"; empty for one that no call has. HEAD is asked for as GET.
[[nodiscard]] std::string_view method_name(Method method);

/// A path with a slash at its end is the path without it; one with two is not.
[[nodiscard]] Match find_route(Method method, std::string_view path, PathParams& params);

/// The header line "Allow: GET, HEAD, POST\r\n" for a path that is known.
[[nodiscard]] std::string allow_field(std::string_view path);

}  // namespace breakerd::http
