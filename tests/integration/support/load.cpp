#include "load.hpp"

#include "parts.hpp"
#include "tests/support/let_pass.hpp"

namespace breakerd::integration {

Load::Load(Ledger& ledger, LoadOptions wanted) : options{wanted}, ledger_{ledger} {
  std::uint64_t seed = options.seed;
  for (int i = 0; i < 2; ++i) parts_.push_back(std::make_unique<Producer>(*this, ++seed));
  for (int i = 0; i < 3; ++i) parts_.push_back(std::make_unique<Worker>(*this, ++seed, "worker-" + std::to_string(i)));
  parts_.push_back(std::make_unique<Manager>(*this, ++seed));
  parts_.push_back(std::make_unique<Operator>(*this, ++seed));
}

Load::~Load() { stop(); }

void Load::start(std::uint16_t port) {
  running_ = true;
  jobs_left_ = static_cast<std::int64_t>(options.jobs_per_life);
  for (const auto& part : parts_) threads_.emplace_back([&part = *part, port] { part.play(port); });
}

void Load::stop() {
  running_ = false;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Part::play(std::uint16_t port) {
  Client client{port};
  client_ = &client;
  lost_ = false;
  try {
    while (load_.running_ && !lost_) step();
  } catch (const std::exception& error) {  // an answer that is not what the documents say
    ledger().complain(std::string{"an answer could not be understood: "} + error.what());
  }
  client_ = nullptr;
}

Ledger& Part::ledger() { return load_.ledger_; }
const LoadOptions& Part::options() const { return load_.options; }
std::string Part::new_key() { return "k" + std::to_string(load_.next_key_.fetch_add(1)); }
bool Part::take_jobs(std::size_t count) {
  return load_.jobs_left_.fetch_sub(static_cast<std::int64_t>(count)) >= static_cast<std::int64_t>(count);
}

Outcome Part::post(const std::string& target, const Json& body, Answer& answer) {
  answer = client_->post(target, body);
  LoadCounts& counts = load_.counts;
  if (answer.status == 0) {
    ++counts.unanswered;
    lost_ = true;
    return Outcome::unknown;
  }
  if (answer.succeeded()) return ++counts.done, Outcome::done;
  const bool is_open = answer.status == 400 && answer.code() == "circuit_open";  // resume-queue has its own status
  if (answer.status == 409 || is_open) return ++counts.refused, Outcome::refused;
  const bool unknown = answer.code() == "outcome_unknown";
  if (answer.status != 503 || (unknown && !options().storage_may_fail))
    ledger().complain(target + " answers " + answer.text());
  ++(unknown ? counts.said_unknown : counts.unavailable);
  rest(2);
  return unknown ? Outcome::unknown : Outcome::refused;
}

void Part::rest(int ms) { test::let_pass(std::chrono::milliseconds{ms}); }

}  // namespace breakerd::integration
