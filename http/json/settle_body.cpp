#include <breakerd/http/json/settle_body.hpp>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {
namespace {

FieldSet fields_of(Settlement& settlement) {
  FieldSet fields;
  fields.required("job_id", &settlement.job)
      .required("token", &settlement.token)
      .required("outcome", &settlement.outcome)
      .optional("result", RawJson{&settlement.result, limits::result_bytes_max})
      .optional("error", &settlement.error)
      .optional("error_type", &settlement.error_type)
      .optional("service", &settlement.service)
      .optional("retry", &settlement.retry)
      .optional("retry_after_ms", &settlement.retry_after_ms);
  return fields;
}

}  // namespace

BatchItems items_of(std::vector<Settlement>& settlements, std::string_view name) {
  return {limits::settle_max, [&settlements] { return fields_of(settlements.emplace_back()); }, name};
}

BodyErrors read_settlements(std::string_view text, void* into, const BodyRules& rules) {
  auto& settlements = static_cast<std::optional<std::vector<Settlement>>*>(into)->emplace();
  return read_batch(text, false, items_of(settlements, {}), rules);
}

}  // namespace breakerd::http
