// Who works.

#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/events/views/why_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {

void list_workers(Call& call) {
  Query query{call.request.query};
  PageAsk ask;
  ask.limit = take_limit(query);
  ask.cursor = query.text("cursor");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([ask = std::move(ask), times = call.backend.lease_times()](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t) -> Result<Page<WorkerView>> {
      if (times == nullptr) return Page<WorkerView>{};
      return breakerd::list_workers(view, times->workers(from, step));
    };
    const auto count = [] { return Result<std::optional<std::uint64_t>>{std::nullopt}; };
    return page_body("workers", ask, fetch, count, write_worker);
  });
}

}  // namespace breakerd::http::calls
