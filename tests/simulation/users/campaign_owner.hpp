#pragma once
// Makes campaigns and takes them through their lives.

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class CampaignOwner : public User {
 public:
  explicit CampaignOwner(Setting setting);

 protected:
  void move() override;

 private:
  void create();
  void update();
  void command(const std::string& verb);
  void look();

  std::vector<std::uint32_t> habits_;
  std::uint64_t campaigns_max_;
};

}  // namespace breakerd::simulation
