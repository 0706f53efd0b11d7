// Limits on leases of a service, a campaign or a job type.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/events/views/lease_limit_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/limit_use.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

LimitName name_of(LimitKind kind, const PathParams& path) {
  if (kind == LimitKind::campaign) return limit_of(path.campaign);
  LimitName name{kind, std::string{path.text}};
  if (kind == LimitKind::service) fold_case(name.name);
  return name;
}

void show_limit(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_lease_limit(json, std::get<LeaseLimitView>(reply)); });
}

template <LimitKind kind>
void set(Call& call) {
  SetLeaseLimit command;
  command.of = name_of(kind, call.path);
  FieldSet fields;
  fields.optional("concurrency", NumberOrNull{&command.concurrency})
      .optional("rate_per_second", NumberOrNull{&command.rate_thousandths, true})
      .optional("burst", NumberOrNull{&command.burst})
      .optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_limit);
}

template <LimitKind kind>
void get(Call& call) {
  call.read([name = name_of(kind, call.path), times = call.backend.lease_times(),
             clock = call.options.clock](const ReadView& view) -> Result<std::string> {
    auto limit = read_limit(view, name);
    if (!limit) return limit.error();
    fill_use(*limit, times, clock->wall());
    return success_body([&](JsonWriter& json) { write_lease_limit(json, *limit); });
  });
}

template <LimitKind kind>
void remove(Call& call) {
  RemoveLeaseLimit command{name_of(kind, call.path), {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_limit);
}

}  // namespace

void set_service_limit(Call& call) { set<LimitKind::service>(call); }
void set_campaign_limit(Call& call) { set<LimitKind::campaign>(call); }
void set_type_limit(Call& call) { set<LimitKind::job_type>(call); }
void get_service_limit(Call& call) { get<LimitKind::service>(call); }
void get_campaign_limit(Call& call) { get<LimitKind::campaign>(call); }
void get_type_limit(Call& call) { get<LimitKind::job_type>(call); }
void remove_service_limit(Call& call) { remove<LimitKind::service>(call); }
void remove_campaign_limit(Call& call) { remove<LimitKind::campaign>(call); }
void remove_type_limit(Call& call) { remove<LimitKind::job_type>(call); }

void list_limits(Call& call) {
  Query query{call.request.query};
  const std::size_t limit = take_limit(query);
  const auto skip = query.number("cursor", 0, 0, limits::lease_limits_max, "the next_cursor of the page before");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([limit, skip = static_cast<std::size_t>(skip), times = call.backend.lease_times(),
             clock = call.options.clock](const ReadView& view) -> Result<std::string> {
    auto all = breakerd::list_limits(view);
    if (!all) return all.error();
    auto& views = all->limits;
    views.erase(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(std::min(skip, views.size())));
    const bool is_last = views.size() <= limit;
    if (!is_last) views.resize(limit);
    return success_body([&](JsonWriter& json) {
      json.begin_object().key("limits").begin_array();
      for (LeaseLimitView& one : views) {
        fill_use(one, times, clock->wall());
        write_lease_limit(json, one);
      }
      json.end_array().key("next_cursor");
      if (is_last)
        json.null();
      else
        json.value(std::to_string(skip + limit));
      json.end_object();
    });
  });
}

}  // namespace breakerd::http::calls
