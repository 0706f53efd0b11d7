#pragma once
// One user's way to the daemon, watched: every call and its answer go to the trace and to the promises, and what an
// answer shows of the situation is noted.

#include <functional>
#include <optional>
#include <string>

#include "tests/simulation/http_client.hpp"
#include "tests/simulation/wire.hpp"
#include "tests/simulation/world.hpp"

namespace breakerd::simulation {

class World::WatchedWire final : public Wire {
 public:
  /// `is_brief`: the user hangs up after each answer.
  WatchedWire(World& world, std::string user, bool is_local, bool is_brief);

  void call(Call call, std::function<void(std::optional<Response>)> done) override;
  void hang_up() override { client_.hang_up(); }

 private:
  void note(const std::string& target, const std::optional<Response>& response);
  void look_at_wait(const Response& response);
  void look_at_report(const std::string& target, const Response& response);
  void look_at_lease(const std::string& target, const Response& response, Moment begun);
  void look_at_torn_answer();

  World& world_;
  std::string user_;
  bool is_brief_;
  std::uint64_t connected_to_ = 0;  ///< the daemon's run
  HttpClient client_;
};

}  // namespace breakerd::simulation
