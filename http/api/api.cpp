#include "http/api/api.hpp"

#include "http/api/router.hpp"

namespace breakerd::http {

void Api::handle(Exchange& exchange, const Request& request) {
  Call call{exchange, request, backend_, options_};
  const Match match = find_route(request.method, request.path, call.path);
  if (match.handler != nullptr) {
    // Calls with a body refuse parameters together with the body's fields: a report of a failure counts all the same.
    const bool has_body = request.method != Method::get;
    if (!has_body && !match.has_parameters && call.refuse_parameters()) return;
    return match.handler(call);
  }
  if (match.path_known) {
    return exchange.refuse({405, "method_not_allowed", "this path has no such method"}, allow_field(request.path));
  }
  exchange.refuse({404, "not_found", "path not found (job ids are numbers from 1, campaign ids UUIDs)"});
}

bool Api::takes(Method method, std::string_view path) const {
  PathParams ignored;
  return find_route(method, path, ignored).handler != nullptr;
}

bool Api::is_operators(Method method, std::string_view path) const {
  PathParams ignored;
  return find_route(method, path, ignored).is_operators;
}

}  // namespace breakerd::http
