#pragma once
// Opens and closes the circuit, holds and resumes, in all the ways that the API has, and often at the same time as
// others.

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class Operator : public User {
 public:
  explicit Operator(Setting setting);

 protected:
  void move() override;

 private:
  void look();
  void open();
  void report();
  void close();
  void resume_queue();
  void hold_for_service();
  void lift_for_service();
  void ask_to_resume_service();
  void change_failed_job();
  void change_many();
  void hold_jobs();
  void limit_leases();
  void change_job_type();
  void create_schedule();
  void change_schedule();
  void change_parked();
  void look_at_rollout();
  void look_at_plan();
  /// Of a close or resume-queue, now and then, to `body`. True when there is one.
  bool add_plan(nlohmann::json& body);
  nlohmann::json some_ramp();
  nlohmann::json filter_of_jobs(bool is_plan);
  void heard_of_plan(const Reply& reply);
  void heard_of_command(const nlohmann::json& command);
  void heard(const Reply& reply);

  std::vector<std::uint32_t> habits_;
  std::uint32_t opens_per_mille_;
  std::uint32_t plans_per_mille_;
  std::uint32_t rollouts_per_mille_;  ///< of its plans
  std::int64_t patience_ms_;          ///< how long it leaves an outage alone
  std::int64_t open_since_ms_ = -1;   ///< -1: it believes that the circuit is closed
  bool to_resume_ = false;
};

}  // namespace breakerd::simulation
