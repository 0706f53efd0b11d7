#pragma once
// Asks for what must be refused, and must change nothing: wrong bodies, types, ids, tokens, methods, sizes.

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

class Vandal : public User {
 public:
  explicit Vandal(Setting setting);

 protected:
  void move() override;

 private:
  std::uint32_t recorded_failures_per_mille_;  ///< bad reports that open the circuit all the same
};

}  // namespace breakerd::simulation
