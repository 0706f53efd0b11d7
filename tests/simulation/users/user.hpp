#pragma once
// What all users share: a name, a way to the daemon, moves that are drawn, and what they do about lost answers.

#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/users/known.hpp"
#include "tests/simulation/wire.hpp"

namespace breakerd::simulation {

/// An answer as a user sees it.
struct Reply {
  int status = 0;       ///< 0: the answer was lost
  nlohmann::json data;  ///< what stands at `data`; null when there is none
  bool ok() const { return status == 200 || status == 201 || status == 202; }
  bool lost() const { return status == 0; }
};

/// One thread. A user must live as long as its wire may still answer.
class User {
 public:
  struct Setting {
    std::string name;
    Wire& wire;
    Chance chance;
    Known& known;
    std::function<std::int64_t()> now_ms;
  };

  explicit User(Setting setting);
  virtual ~User() = default;
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  /// Makes the next move, unless as many calls are under way as it allows itself.
  void step();
  /// Leaves the next move out: those after it are drawn as if it had been made.
  void skip() { ++steps_; }
  /// No more new moves; what is under way is still answered.
  void rest() { resting_ = true; }
  const std::string& name() const { return name_; }
  std::size_t calls_under_way() const { return under_way_; }

 protected:
  using Then = std::function<void(const Reply&)>;

  /// Draws and makes one move.
  virtual void move() = 0;
  /// It is its turn, and as many calls are under way as it allows itself.
  virtual void while_busy() {}
  /// Its connection ends, and the answers to its calls are lost. It does not ask for the same again.
  void hang_up();

  /// How likely each of `moves` moves is for the whole life of this user: some never, some often.
  std::vector<std::uint32_t> draw_habits(std::size_t moves);
  void get(std::string target, Then then = {});
  void post(std::string target, const nlohmann::json& body, Then then = {});
  void send(Call call, Then then = {});
  /// A text that no other call has, so that what it did can be found in the log.
  std::string text_of_its_own();
  void heard_of_job(std::uint64_t id);
  void heard_of_campaign(const std::string& id);
  /// A job or campaign that somebody has heard of; sometimes one that there is not.
  std::uint64_t some_job();
  std::string some_campaign();
  std::string job_path(std::uint64_t id) const { return "/api/v1/jobs/" + std::to_string(id); }

  Chance chance_;  ///< of the move at hand, and of what its answers lead to
  Known& known_;
  std::function<std::int64_t()> now_ms_;

 private:
  /// True when it is the first to have its key.
  [[nodiscard]] bool add_key(Call& call);
  void send_again(const Call& call);
  void send_on(const Call& call, Then then);
  void answered(const Call& call, const Then& then, std::optional<Response> response);

  std::string name_;
  std::uint64_t seed_;                  ///< of its moves
  bool says_form_;                      ///< calls its bodies a form, as curl -d does
  std::uint32_t keys_per_mille_;        ///< of the changes that it asks for with an Idempotency-Key
  std::uint32_t wrong_keys_per_mille_;  ///< the same, of calls that take none
  std::uint32_t again_per_mille_;       ///< of the calls with a key: sent again, whatever comes of the first
  std::uint64_t steps_ = 0;
  Wire& wire_;
  std::size_t under_way_ = 0;
  std::size_t under_way_max_;
  std::uint32_t repeats_per_mille_;  ///< of the calls whose answer was lost, or was 503
  std::deque<std::pair<Call, Then>> to_repeat_;
  std::size_t given_up_ = 0;  ///< of the calls under way
  std::uint64_t texts_ = 0;
  bool resting_ = false;
};

}  // namespace breakerd::simulation
