#include <breakerd/events/model/error.hpp>

namespace breakerd {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::circuit_open:
      return "circuit_open";
    case ErrorCode::circuit_changed:
      return "circuit_changed";
    case ErrorCode::stale_lease:
      return "stale_lease";
    case ErrorCode::wrong_state:
      return "wrong_state";
    case ErrorCode::held:
      return "held";
    case ErrorCode::duplicate:
      return "duplicate";
    case ErrorCode::sealed:
      return "sealed";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::outcome_unknown:
      return "outcome_unknown";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::misfit:
      return "misfit";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::storage:
      return "storage";
  }
  return "unknown";
}

Error not_found(std::string_view what) { return make_error(ErrorCode::not_found, std::string{what} + " not found"); }

Error invalid_field(std::string field, std::string expected) {
  Error error{ErrorCode::invalid, field + ": expected " + expected, {}, {}};
  error.fields.push_back({std::move(field), std::move(expected)});
  return error;
}

}  // namespace breakerd
