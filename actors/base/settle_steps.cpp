#include <breakerd/actors/base/settle_steps.hpp>

#include <algorithm>
#include <unordered_map>

namespace breakerd {
namespace {

bool opens(const Command& end) {
  if (std::holds_alternative<RecordFailure>(end)) return true;
  const auto* report = std::get_if<FailJob>(&end);
  return report != nullptr && !report->service.empty();
}

JobId job_of(const Command& end) {
  return std::visit(
      []<class C>(const C& one) -> JobId {
        if constexpr (requires { one.job; }) return one.job;
        return 0;
      },
      end);
}

}  // namespace

std::vector<SettleStep> settle_steps(std::span<const Command> ends) {
  std::vector<SettleStep> steps;
  const bool any_opens = std::any_of(ends.begin(), ends.end(), opens);
  std::unordered_map<JobId, std::size_t> last_of;  // the step in which a job came last
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const bool is_report = opens(ends[i]);
    std::size_t step = any_opens && !is_report ? 1 : 0;  // with reports they take turns, and the reports begin
    if (any_opens) {
      const auto [at, is_first] = last_of.try_emplace(job_of(ends[i]), step);
      while (!is_first && step < at->second) step += 2;
      at->second = step;
    }
    while (steps.size() <= step) steps.push_back({any_opens && steps.size() % 2 == 0, {}});
    steps[step].items.push_back(i);
  }
  std::erase_if(steps, [](const SettleStep& step) { return step.items.empty(); });
  return steps;
}

}  // namespace breakerd
