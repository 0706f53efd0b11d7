#include "tests/simulation/shrink.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/swarm.hpp"

namespace breakerd::simulation {
namespace {

class Shrinking {
 public:
  Shrinking(Script failing, Moves moves, const StillFails& still_fails, std::size_t tries)
      : best_{std::move(failing)}, moves_{std::move(moves)}, still_fails_{still_fails}, tries_{tries} {}

  Script run() {
    fewer_calls();
    fewer_kinds_of_faults();
    fewer_users();
    fewer_moves();
    fewer_calls();
    forget_what_is_not_reached();
    return best_;
  }

 private:
  bool keep_if_it_fails(Script shorter) {
    if (tries_ == 0) return false;
    --tries_;
    auto moves = still_fails_(shorter);
    if (!moves) return false;
    best_ = std::move(shorter);
    moves_ = std::move(*moves);
    return true;
  }

  void fewer_calls() {
    for (std::size_t step = best_.calls / 2; step > 0; step /= 2)
      while (best_.calls > step) {
        Script shorter = best_;
        shorter.calls -= step;
        if (!keep_if_it_fails(std::move(shorter))) break;
      }
  }

  void fewer_kinds_of_faults() {
    for (const FaultKind& kind : fault_kinds) {
      Script shorter = best_;
      if (shorter.without.emplace(kind.name).second) keep_if_it_fails(std::move(shorter));
    }
  }

  void fewer_users() {
    const Moves users = moves_;
    for (const auto& [user, moves] : users) {
      Script shorter = best_;
      shorter.skipped.erase(user);
      if (shorter.silent.insert(user).second) keep_if_it_fails(std::move(shorter));
    }
  }

  /// First large parts of what is left, then smaller ones.
  void fewer_moves() {
    for (std::size_t size = made().size() / 2; size > 0; size /= 2)
      for (std::size_t from = 0; from < made().size() && tries_ > 0;) {
        Script shorter = best_;
        const auto left = made();
        for (std::size_t i = from; i < std::min(from + size, left.size()); ++i)
          shorter.skipped[left[i].first].insert(left[i].second);
        if (!keep_if_it_fails(std::move(shorter))) from += size;
      }
  }

  /// The moves that are still made.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint32_t>> made() const {
    std::vector<std::pair<std::string, std::uint32_t>> made;
    for (const auto& [user, count] : moves_)
      for (std::uint32_t move = 0; move < count; ++move)
        if (best_.does(user, move)) made.emplace_back(user, move);
    return made;
  }

  void forget_what_is_not_reached() {
    for (auto& [user, skipped] : best_.skipped) {
      const auto count = moves_.find(user);
      const std::uint32_t reached = count == moves_.end() ? 0 : count->second;
      std::erase_if(skipped, [&](std::uint32_t move) { return move >= reached; });
    }
    std::erase_if(best_.skipped, [](const auto& user) { return user.second.empty(); });
  }

  Script best_;
  Moves moves_;
  const StillFails& still_fails_;
  std::size_t tries_;
};

}  // namespace

Script shrink(const Script& failing, const Moves& moves, const StillFails& still_fails, std::size_t tries_max) {
  return Shrinking{failing, moves, still_fails, tries_max}.run();
}

}  // namespace breakerd::simulation
