#include "tests/simulation/promises/new_jobs.hpp"

namespace breakerd::simulation {

using nlohmann::json;

std::vector<std::pair<std::uint64_t, json>> new_jobs(const Ended& ended) {
  std::vector<std::pair<std::uint64_t, json>> jobs;
  if (!ended.ok() || !ended.data.is_object()) return jobs;
  const json& body = ended.request.body;
  if (ended.request.kind() == Kind::enqueue && ended.status == 201)
    jobs.emplace_back(ended.data.value("id", std::uint64_t{0}), body);
  if (ended.request.kind() != Kind::enqueue_batch || !body.is_array()) return jobs;
  const json items = ended.data.value("items", json());
  const json first = ended.data.value("first_id", json());
  for (std::size_t index = 0; index < body.size(); ++index) {
    if (!items.is_array())
      jobs.emplace_back((first.is_number_unsigned() ? first.get<std::uint64_t>() : 0) + index, body[index]);
    else if (index < items.size() && items[index].value("created", false))
      jobs.emplace_back(items[index].value("id", std::uint64_t{0}), body[index]);
  }
  return jobs;
}

}  // namespace breakerd::simulation
