#include "tests/simulation/users/crowd.hpp"

#include "tests/simulation/users/auditor.hpp"
#include "tests/simulation/users/campaign_owner.hpp"
#include "tests/simulation/users/operator.hpp"
#include "tests/simulation/users/producer.hpp"
#include "tests/simulation/users/vandal.hpp"
#include "tests/simulation/users/worker.hpp"

namespace breakerd::simulation {

namespace {

/// What all users of a crowd are made with.
struct Maker {
  Chance& chance;
  Known& known;
  const WireOf& wire_of;
  const std::function<std::int64_t()>& now_ms;
  std::vector<std::unique_ptr<User>>& crowd;

  template <class Kind>
  void add(const std::string& role, std::uint64_t count) {
    for (std::uint64_t number = 1; number <= count; ++number) {
      const std::string name = role + std::to_string(number);
      crowd.push_back(std::make_unique<Kind>(User::Setting{name, wire_of(name), chance.fork(), known, now_ms}));
    }
  }
};

}  // namespace

std::vector<std::unique_ptr<User>> make_crowd(Chance& chance, Known& known, const WireOf& wire_of,
                                              const std::function<std::int64_t()>& now_ms) {
  std::vector<std::unique_ptr<User>> crowd;
  Maker maker{chance, known, wire_of, now_ms, crowd};
  maker.add<Producer>("producer", 1 + chance.below(3));
  maker.add<Worker>("worker", 1 + chance.below(4));
  maker.add<Operator>("operator", 1 + chance.below(3));
  maker.add<CampaignOwner>("owner", chance.below(3));
  maker.add<Auditor>("auditor", chance.below(3));
  maker.add<Vandal>("vandal", chance.below(3));
  return crowd;
}

}  // namespace breakerd::simulation
