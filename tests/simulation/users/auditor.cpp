#include "tests/simulation/users/auditor.hpp"

#include <utility>

namespace breakerd::simulation {

Auditor::Auditor(Setting setting) : User{std::move(setting)}, habits_{draw_habits(4)} {}

void Auditor::move() {
  switch (chance_.weighted(habits_)) {
    case 0:
      return list_by_cursor();
    case 1:
      return list_by_page();
    case 2:
      return read_events();
    default:
      return look();
  }
}

std::string Auditor::filters() {
  static const std::vector<std::string> statuses{"PENDING", "PROCESSING", "PAUSED",   "COMPLETED",
                                                 "FAILED",  "EXPIRED",    "CANCELLED"};
  std::string filters;
  if (chance_.per_mille(400)) filters += "&status=" + chance_.pick(statuses);
  if (chance_.per_mille(200)) filters += "&job_type=" + chance_.pick(known_.job_types);
  if (chance_.per_mille(200)) filters += "&campaign_id=" + some_campaign();
  return filters;
}

void Auditor::list_by_cursor() {
  if (cursor_.empty()) cursor_filters_ = filters();
  const std::string limit = std::to_string(chance_.between(1, 8));
  const std::string from = cursor_.empty() ? "" : "&cursor=" + cursor_;
  get("/api/v1/jobs?limit=" + limit + cursor_filters_ + from, [this](const Reply& reply) {
    cursor_.clear();
    if (!reply.data.is_object() || !reply.data.contains("next_cursor")) return;
    const nlohmann::json& next = reply.data["next_cursor"];
    if (next.is_string()) cursor_ = next.get<std::string>();
    if (next.is_number()) cursor_ = next.dump();
  });
}

void Auditor::list_by_page() {
  const std::string pages =
      "page=" + std::to_string(chance_.between(1, 4)) + "&per_page=" + std::to_string(chance_.between(1, 8));
  if (chance_.per_mille(300)) return get("/api/v1/campaigns?" + pages);
  get("/api/v1/jobs?" + pages + filters());
}

void Auditor::read_events() {
  std::string target = "/api/v1/events?from=" + std::to_string(next_seq_) + "&limit=10";
  const bool filtered = chance_.per_mille(200);
  if (filtered) target += chance_.per_mille(500) ? "&type=CircuitOpened" : "&stream=job-" + std::to_string(some_job());
  get(target, [this, filtered](const Reply& reply) {
    if (!reply.data.is_object() || !reply.data.contains("next") || filtered) return;
    next_seq_ = chance_.per_mille(100) ? 1 : reply.data["next"].get<std::uint64_t>();
  });
}

void Auditor::look() {
  static const std::vector<std::string> targets{"/livez",
                                                "/readyz",
                                                "/api/v1/breaker/allow",
                                                "/api/v1/breaker/allow",
                                                "/api/v1/queue-management/status",
                                                "/api/v1/queue-management/campaign-status",
                                                "/api/v1/campaigns?limit=4",
                                                "/api/v1/campaigns?status=PAUSED",
                                                "/api/v1/queue-management/paused-campaigns/apollo",
                                                "/api/v1/queue-management/paused-jobs/apollo",
                                                "/api/v1/workers?limit=2",
                                                "/api/v1/parked?limit=4",
                                                "/api/v1/parked?job_type=mail",
                                                "/api/v1/commands?limit=3",
                                                "/status",
                                                "/why",
                                                "/why"};
  std::string target = chance_.pick(targets);
  if (target == "/status" || target == "/why") target = job_path(some_job()) + target;
  send({chance_.per_mille(50) ? "HEAD" : "GET", target, "", {}});
}

}  // namespace breakerd::simulation
