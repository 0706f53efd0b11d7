// The rollout: how work begins behind a plan, first its canary and then its ramp.

#include <breakerd/events/views/rollout_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_stopped(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<RolloutAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object().member("stopped", answer.changed).key("rollout");
    write_rollout(json, answer.stopped);
    json.end_object();
  });
}

}  // namespace

void get_rollout(Call& call) {
  call.read_small([clock = call.options.clock](const ReadView& view) -> Result<std::string> {
    const auto rollout = read_rollout(view, clock->wall());
    if (!rollout) return rollout.error();
    return success_body([&](JsonWriter& json) { write_rollout(json, *rollout); });
  });
}

void stop_rollout(Call& call) {
  StopRollout command;
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_stopped);
}

}  // namespace breakerd::http::calls
