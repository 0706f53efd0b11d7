// Holds on jobs of a service, of a job type or of a campaign.

#include <breakerd/events/views/job_hold_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_hold(Exchange& exchange, Reply& reply) {
  const auto& view = std::get<JobHoldView>(reply);
  succeed(
      exchange, [&](JsonWriter& json) { write_job_hold(json, view); }, view.is_new ? 201 : 200);
}

}  // namespace

void place_hold(Call& call) {
  PlaceJobHold command;
  FieldSet fields;
  fields.optional("service", FilledText{&command.service})
      .optional("job_type", FilledText{&command.job_type})
      .optional("campaign_id", &command.campaign)
      .optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_hold);
}

void lift_hold(Call& call) {
  LiftJobHold command{call.path.job, {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_hold);
}

void list_holds(Call& call) {
  Query query{call.request.query};
  const std::size_t limit = take_limit(query);
  const auto behind = query.number("cursor", 0, 1, ~std::uint64_t{0}, "the next_cursor of the page before");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([limit, behind](const ReadView& view) -> Result<std::string> {
    auto holds = list_job_holds(view);
    if (!holds) return holds.error();
    std::erase_if(*holds, [&](const JobHoldView& one) { return one.hold.id <= behind; });
    const bool is_last = holds->size() <= limit;
    if (!is_last) holds->resize(limit);
    return success_body([&](JsonWriter& json) {
      json.begin_object().key("holds").begin_array();
      for (const JobHoldView& one : *holds) write_job_hold(json, one);
      json.end_array().key("next_cursor");
      if (is_last)
        json.null();
      else
        json.value(std::to_string(holds->back().hold.id));
      json.end_object();
    });
  });
}

}  // namespace breakerd::http::calls
