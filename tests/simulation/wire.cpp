#include "tests/simulation/wire.hpp"

namespace breakerd::simulation {

const nlohmann::json& content_of(const Response& response) {
  if (!response.content)
    response.content = std::make_shared<const nlohmann::json>(nlohmann::json::parse(response.body, nullptr, false));
  return *response.content;
}

}  // namespace breakerd::simulation
