#include <breakerd/http/json/retry_body.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {
namespace {

void refuse(BodyErrors& errors, std::string field, std::string expected) {
  errors.add_field(std::move(field), std::move(expected));
  errors.status = 422;
  errors.code = "invalid";
}

void set_kind(Backoff& backoff, const std::string& kind, BodyErrors& errors) {
  if (kind == "fixed")
    backoff.kind = BackoffKind::fixed;
  else if (kind == "exponential")
    backoff.kind = BackoffKind::exponential;
  else if (kind == "list")
    backoff.kind = BackoffKind::list;
  else
    refuse(errors, "kind", R"("fixed", "exponential" or "list")");
}

/// Only what grows has jitter when nobody asks for it: the others were given exactly.
void set_jitter(Backoff& backoff, const std::string& jitter, BodyErrors& errors) {
  if (jitter.empty())
    backoff.jitter = backoff.kind == BackoffKind::exponential ? Jitter::full : Jitter::none;
  else if (jitter == "full" || jitter == "none")
    backoff.jitter = jitter == "full" ? Jitter::full : Jitter::none;
  else
    refuse(errors, "jitter", R"("full" or "none")");
}

BodyErrors read_backoff(std::string_view text, void* into, const BodyRules& rules) {
  auto backoff = std::make_shared<Backoff>();
  std::string kind = "exponential";
  std::string jitter;
  std::optional<std::uint64_t> max_ms;
  FieldSet fields;
  fields.optional("kind", &kind)
      .optional("base_ms", &backoff->base_ms)
      .optional("max_ms", &max_ms)
      .optional("factor", &backoff->factor)
      .optional("jitter", &jitter)
      .optional("delays_ms", &backoff->delays_ms);
  BodyErrors errors = read_object(text, fields, rules);
  if (!errors.ok()) return errors;
  set_kind(*backoff, kind, errors);
  set_jitter(*backoff, jitter, errors);
  // What was given exactly is not cut, unless somebody asks for it.
  if (max_ms)
    backoff->max_ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(*max_ms, UINT32_MAX));
  else if (backoff->kind != BackoffKind::exponential)
    backoff->max_ms = limits::retry_delay_ms_max;
  static_cast<JobSpec*>(into)->backoff = std::move(backoff);
  return errors;
}

}  // namespace

BodyErrors read_retry(std::string_view text, void* spec, const BodyRules& rules) {
  FieldSet fields;
  fields.optional("max_attempts", GivenNumber{&static_cast<JobSpec*>(spec)->max_attempts})
      .optional("backoff", NestedObject{spec, read_backoff});
  return read_object(text, fields, rules);
}

}  // namespace breakerd::http
