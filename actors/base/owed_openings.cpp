#include <breakerd/actors/base/owed_openings.hpp>

#include <utility>

namespace breakerd {

std::vector<OwedOpening> OwedOpenings::take() {
  const std::lock_guard lock{mutex_};
  std::vector<OwedOpening> openings = std::exchange(openings_, {});
  std::erase_if(openings, [](const OwedOpening& one) { return one.change && one.change->is_recorded; });
  return openings;
}

std::string describe(const OwedOpening& opening) {
  if (const auto* open = std::get_if<OpenCircuit>(&opening.command))
    return "by " + opening.principal + ": " + open->reason;
  std::string error;
  std::string service;
  if (const auto* failure = std::get_if<RecordFailure>(&opening.command)) {
    error = failure->error;
    service = failure->service;
  } else if (const auto* report = std::get_if<FailJob>(&opening.command)) {
    error = report->error;
    service = report->service;
  }
  return "by " + opening.principal + ": " + (service.empty() ? error : service + ": " + error);
}

}  // namespace breakerd
