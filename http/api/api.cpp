#include <breakerd/http/api/api.hpp>

#include <breakerd/http/api/keyed_call.hpp>
#include <breakerd/http/api/router.hpp>

namespace breakerd::http {
namespace {

constexpr std::string_view no_key_here = "no such header field: the answers to this call are not kept";
constexpr std::string_view wrong_key = "1 to 255 visible ASCII characters";

}  // namespace

void Api::handle(Exchange& exchange, const Request& request) {
  Call call{exchange, request, backend_, options_};
  const Match match = find_route(request.method, request.path, call.path);
  if (match.handler != nullptr) {
    // Calls with a body refuse parameters together with the body's fields: a report of a failure counts all the same.
    const bool has_body = request.method != Method::get;
    if (!has_body && !match.has_parameters && call.refuse_parameters()) return;
    if (has_body && request.has_key) {
      if (match.has_secrets)
        call.key_refused = no_key_here;
      else if (is_idempotency_key(request.idempotency_key))
        return std::make_shared<KeyedCall>(exchange, request, backend_, options_)->begin(request, match, call.path);
      else
        call.key_refused = wrong_key;
    }
    return match.handler(call);
  }
  if (match.path_known) {
    return exchange.refuse({405, "method_not_allowed", "this path has no such method"}, allow_field(request.path));
  }
  exchange.refuse({404, "not_found", "path not found (job ids are numbers from 1, campaign ids UUIDs)"});
}

/// Measured: its values, its events, the rows they become, the batch and its way into the log. The many small items
/// that a batch may have take more for each of its bytes, up to a bound, for the number of items has one.
std::size_t Api::work_bytes(std::string_view path, std::size_t body_bytes) const {
  constexpr std::size_t fixed = 2 << 10;
  constexpr std::size_t of_each = 4;
  constexpr std::size_t of_items = 24;
  constexpr std::size_t item_bytes = 256 << 10;
  const bool is_batch = path.ends_with("/batch") || path.ends_with("/jobs/complete") ||
                        path.ends_with("/jobs/settle") || path.ends_with("/leases");
  return fixed + of_each * body_bytes + (is_batch ? of_items * std::min(body_bytes, item_bytes) : 0);
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
