#pragma once
// Leases jobs and ends them in every way there is. Sometimes it is slow, and sometimes it dies and forgets its leases.

#include <deque>

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class Worker : public User {
 public:
  explicit Worker(Setting setting);

 protected:
  void move() override;
  void while_busy() override;

 private:
  struct Held {
    std::uint64_t job = 0;
    std::string token;
  };

  void lease();
  void heartbeat(const Held& held);
  void complete(const Held& held);
  void complete_many();
  void settle();
  /// Up to five leases that have ended, each in its way.
  nlohmann::json ends_of_some();
  void fail(const Held& held, bool by_service);
  void describe_failure(nlohmann::json& body, bool by_service);
  void release(const Held& held);
  void pause_or_die();
  /// One of the leases, which it still holds afterwards.
  Held look_at_one();
  /// One of the leases, which it has given up with this.
  Held take_one();

  std::vector<std::uint32_t> habits_;
  std::deque<Held> held_;
  std::uint64_t lease_max_;
  std::int64_t lease_ms_most_;
  std::uint32_t service_fails_per_mille_;
  std::uint32_t stale_per_mille_;
  std::uint32_t settles_per_mille_;  ///< of its rounds: one call, and not many
  std::int64_t wait_ms_most_;
  std::int64_t lease_wait_ms_most_;
  std::uint32_t impatient_per_mille_;
  std::size_t leases_waiting_ = 0;
  std::int64_t asleep_until_ms_ = 0;
};

}  // namespace breakerd::simulation
