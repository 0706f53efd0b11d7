#include <breakerd/http/json/unique_body.hpp>

#include <string>

namespace breakerd::http {

BodyErrors read_unique(std::string_view text, void* into, const BodyRules& rules) {
  auto& spec = *static_cast<JobSpec*>(into);
  std::string on_conflict = "refuse";
  FieldSet fields;
  fields.optional("on_conflict", &on_conflict).optional("for_ms", &spec.unique_for_ms);
  BodyErrors errors = read_object(text, fields, rules);
  if (!errors.ok()) return errors;
  if (on_conflict == "existing") {
    spec.on_conflict = OnConflict::existing;
  } else if (on_conflict == "replace") {
    spec.on_conflict = OnConflict::replace;
  } else if (on_conflict != "refuse") {
    errors.add_field("on_conflict", R"("refuse", "existing" or "replace")");
    errors.status = 422;
    errors.code = "invalid";
  }
  return errors;
}

}  // namespace breakerd::http
