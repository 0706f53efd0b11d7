#pragma once
// Enqueues jobs, alone and in batches, cancels some and looks at what became of them.

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class Producer : public User {
 public:
  explicit Producer(Setting setting);

 protected:
  void move() override;

 private:
  nlohmann::json job();
  void add_order(nlohmann::json& job);
  void add_key(nlohmann::json& job);
  void enqueue_one();
  void enqueue_batch();
  void cancel();
  void look();

  std::vector<std::uint32_t> habits_;
  std::uint64_t batch_max_;
  std::uint32_t in_campaign_per_mille_;
  std::uint32_t few_attempts_per_mille_;
  std::uint32_t ordered_per_mille_;
  std::uint32_t timed_per_mille_;
  std::uint32_t retried_per_mille_;
  std::uint32_t unique_per_mille_;
  std::uint32_t timeout_per_mille_;
  std::uint32_t expires_per_mille_;
};

}  // namespace breakerd::simulation
