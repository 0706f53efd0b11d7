#include <breakerd/http/json/plan_body.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {
namespace {

/// An action whose verb is still to be understood.
struct SaidAction {
  PlanAction action;
  std::string verb;
};

FieldSet fields_of(SaidAction& said) {
  FieldSet fields;
  fields.required("do", &said.verb)
      .optional("older_than_ms", &said.action.older_than_ms)
      .optional("campaign_id", &said.action.campaign)
      .optional("job_type", FilledText{&said.action.job_type})
      .optional("service", FilledText{&said.action.service});
  return fields;
}

/// Unless the verb, or the whole action, was refused already.
void refuse_verb(BodyErrors& errors, const std::string& action) {
  const std::string field = action + ".do";
  const auto same = [&](const FieldError& known) { return known.field == field || known.field == action; };
  if (std::any_of(errors.fields.begin(), errors.fields.end(), same)) return;
  errors.add_field(field, R"("release", "park" or "cancel")");
  if (!errors.ok()) return;
  errors.status = 422;
  errors.code = "invalid";
}

BodyErrors read_actions(std::string_view text, void* into, const BodyRules& rules) {
  auto& actions = *static_cast<std::vector<PlanAction>*>(into);
  std::vector<SaidAction> said;
  BatchItems items{limits::plan_actions_max, [&said] { return fields_of(said.emplace_back()); }, std::string_view{}};
  BodyErrors errors = read_batch(text, false, std::move(items), rules);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto verb = parse_plan_verb(said[i].verb);
    if (!verb) refuse_verb(errors, "[" + std::to_string(i) + "]");
    said[i].action.verb = verb.value_or(PlanVerb::release);
    actions.push_back(std::move(said[i].action));
  }
  return errors;
}

/// A rate at the end that was not given is one that can be, also when that at the begin cannot: one mistake is named
/// once.
std::uint64_t rate_at_end(std::optional<std::uint64_t> from, std::optional<std::uint64_t> to) {
  return to.value_or(std::clamp(from.value_or(1), std::uint64_t{1}, 1'000 * limits::lease_limit_rate_max));
}

BodyErrors read_ramp(std::string_view text, void* into, const BodyRules& rules) {
  std::optional<std::uint64_t> from, to, over_ms;
  FieldSet fields;
  fields.required("from_per_second", NumberOrNull{&from, true, false})
      .optional("to_per_second", NumberOrNull{&to, true})
      .required("over_ms", NumberOrNull{&over_ms, false, false});
  BodyErrors errors = read_object(text, fields, rules);
  *static_cast<std::optional<Ramp>*>(into) = Ramp{from.value_or(0), rate_at_end(from, to), over_ms.value_or(0)};
  return errors;
}

}  // namespace

BodyErrors read_plan(std::string_view text, void* plan, const BodyRules& rules) {
  Plan& into = static_cast<std::optional<Plan>*>(plan)->emplace();
  FieldSet fields;
  fields.optional("actions", NestedObject{&into.actions, read_actions, true})
      .optional("canary", GivenNumber{&into.canary})
      .optional("ramp", NestedObject{&into.ramp, read_ramp});
  return read_object(text, fields, rules);
}

}  // namespace breakerd::http
