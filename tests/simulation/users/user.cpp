#include "tests/simulation/users/user.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

constexpr std::size_t known_max = 4'000;

Reply reply_of(const std::optional<Response>& response) {
  if (!response) return {};
  Reply reply{response->status, nullptr};
  if (!reply.ok()) return reply;
  const nlohmann::json& body = content_of(*response);
  // That it was done, and no more: as good as lost.
  if (response->headers.contains("idempotent-replayed") &&
      body.value("/data/done"_json_pointer, nlohmann::json()) == true)
    return {};
  if (body.is_object() && body.contains("data")) reply.data = body["data"];
  return reply;
}

}  // namespace

User::User(Setting setting)
    : chance_{setting.chance},
      known_{setting.known},
      now_ms_{std::move(setting.now_ms)},
      name_{std::move(setting.name)},
      seed_{chance_.next()},
      says_form_{chance_.per_mille(200)},
      keys_per_mille_{chance_.per_mille(300) ? 400u : 0u},
      wrong_keys_per_mille_{chance_.per_mille(200) ? 30u : 0u},
      again_per_mille_{chance_.per_mille(500) ? 100u : 0u},
      wire_{setting.wire},
      under_way_max_{chance_.per_mille(300) ? 2 + chance_.below(4) : 1},
      repeats_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))} {}

void User::step() {
  chance_ = Chance{seed_ + ++steps_ * 0xd1342543de82ef95};
  if (under_way_ >= under_way_max_) return while_busy();
  if (!to_repeat_.empty()) {
    auto [call, then] = std::move(to_repeat_.front());
    to_repeat_.pop_front();
    send(std::move(call), std::move(then));
  } else if (!resting_) {
    move();
  }
}

std::vector<std::uint32_t> User::draw_habits(std::size_t moves) {
  std::vector<std::uint32_t> weights(moves);
  for (std::uint32_t& weight : weights) {
    const std::uint64_t kind = chance_.below(10);
    weight = kind < 2 ? 0 : kind < 8 ? 10 : 50;
  }
  weights[chance_.below(moves)] += 10;
  return weights;
}

void User::get(std::string target, Then then) { send({"GET", std::move(target), "", {}}, std::move(then)); }

void User::post(std::string target, const nlohmann::json& body, Then then) {
  send({"POST", std::move(target), body.is_null() ? "" : body.dump(), {}}, std::move(then));
}

void User::send(Call call, Then then) {
  ++under_way_;
  const auto say = [&call](const char* name, std::string value) {
    const auto is_there = [&](const auto& header) { return header.first == name; };  // of a call that is sent again
    if (std::none_of(call.headers.begin(), call.headers.end(), is_there))
      call.headers.emplace_back(name, std::move(value));
  };
  if (says_form_ && !call.body.empty()) say("Content-Type", "application/x-www-form-urlencoded");
  const bool is_new_key = add_key(call);
  send_on(call, std::move(then));
  if (is_new_key) send_again(call);
}

namespace {

bool has_key(const Call& call) {
  return std::any_of(call.headers.begin(), call.headers.end(),
                     [](const auto& header) { return header.first == "Idempotency-Key"; });
}

bool is_of_a_lease(const Call& call) { return call.target == "/api/v1/leases" || call.target.ends_with("/heartbeat"); }

}  // namespace

bool User::add_key(Call& call) {
  if (call.method == "GET" || call.method == "HEAD" || has_key(call)) return false;
  if (!chance_.per_mille(is_of_a_lease(call) ? wrong_keys_per_mille_ : keys_per_mille_)) return false;
  call.headers.emplace_back("Idempotency-Key", text_of_its_own());
  return !is_of_a_lease(call);
}

/// Now and then: at once, or when something else is over.
void User::send_again(const Call& call) {
  if (!chance_.per_mille(again_per_mille_)) return;
  if (chance_.per_mille(500)) {
    ++under_way_;
    send_on(call, {});
  } else if (to_repeat_.size() < 8) {
    to_repeat_.emplace_back(call, Then{});
  }
}

void User::send_on(const Call& call, Then then) {
  wire_.call(call, [this, call, then = std::move(then)](std::optional<Response> response) {
    --under_way_;
    answered(call, then, std::move(response));
  });
}

void User::answered(const Call& call, const Then& then, std::optional<Response> response) {
  const bool is_given_up = !response && given_up_ > 0;
  if (is_given_up) --given_up_;
  const bool doubtful = (!response && !is_given_up) || (response && response->status == 503);
  if (doubtful && to_repeat_.size() < 8 && chance_.per_mille(repeats_per_mille_)) {
    to_repeat_.emplace_back(call, then);
  }
  if (then) then(reply_of(response));
}

void User::hang_up() {
  given_up_ = under_way_;
  wire_.hang_up();
}

std::string User::text_of_its_own() { return name_ + "-" + std::to_string(++texts_); }

void User::heard_of_job(std::uint64_t id) {
  if (known_.jobs.size() < known_max) known_.jobs.push_back(id);
}

void User::heard_of_campaign(const std::string& id) {
  if (std::find(known_.campaigns.begin(), known_.campaigns.end(), id) == known_.campaigns.end()) {
    known_.campaigns.push_back(id);
  }
}

std::uint64_t User::some_job() {
  if (known_.jobs.empty() || chance_.per_mille(20)) return 1 + chance_.below(1'000'000);
  // Mostly a young one: the old ones have ended.
  const std::size_t count = known_.jobs.size();
  const std::size_t from = chance_.per_mille(700) ? count - std::min<std::size_t>(count, 10) : 0;
  return known_.jobs[from + chance_.below(count - from)];
}

std::string User::some_campaign() {
  if (known_.campaigns.empty() || chance_.per_mille(20)) return "01a22528-3edc-7b99-a493-80c76353a000";
  return chance_.per_mille(500) ? known_.campaigns.back() : chance_.pick(known_.campaigns);
}

}  // namespace breakerd::simulation
