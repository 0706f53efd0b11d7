#pragma once
// A backend without a core: remembers what it is asked and answers something plausible, or what a test tells it to.
// For tests of the wire; what commands mean is tested against the real one.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/http/api/backend.hpp>

namespace breakerd::http::test {

struct Submitted {
  Command command;
  std::string principal;
  OperationId operation{};  ///< nil: it was not asked for by name
};

class ScriptedBackend final : public Backend {
 public:
  explicit ScriptedBackend(boost::asio::io_context& io) : io_{io} {}

  void submit(Command&& command, std::string principal, Done done) override {
    submit_named(std::move(command), std::move(principal), {}, std::move(done));
  }
  void submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) override;
  void submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) override {
    for (std::size_t i = 0; i < commands.size(); ++i)
      submit(std::move(commands[i]), principal, [done, i](Outcome&& outcome) { done(i, std::move(outcome)); });
  }
  [[nodiscard]] std::function<void()> submit_wait(Command&& command, std::string principal, Done done) override {
    submit(std::move(command), std::move(principal), std::move(done));
    return [this] { ++waits_ended_; };
  }
  void read(ReadSize size, Gone gone, Read work, ReadDone done) override;
  [[nodiscard]] Gate gate() const noexcept override;
  [[nodiscard]] Health health() const override;
  [[nodiscard]] DamagedReads damaged_reads() const override { return {}; }
  [[nodiscard]] std::size_t waiting_leases() const override { return 0; }
  [[nodiscard]] const LeaseTimes* lease_times() const override { return nullptr; }
  [[nodiscard]] const CampaignPaces* campaign_paces() const override { return nullptr; }

  // --- for tests; all may be called on any thread ---

  using Script = std::function<Outcome(const Command&)>;
  void answer_with(Script script);
  void answer_with(Error error);
  void be_unready(std::string reason);
  /// From now on, those that begin.
  void fail_reads(Error error);

  /// From now on answers wait, until release_all() gives them, the newest first.
  void hold_answers();
  void release_all();
  /// Gives the newest answer that waits, and the others wait on.
  void release_newest();

  [[nodiscard]] std::size_t submitted_count() const;
  /// How often a wait was ended for its client.
  [[nodiscard]] unsigned waits_ended() const { return waits_ended_; }

  /// What was submitted since the last call.
  [[nodiscard]] std::vector<Submitted> take_submitted();

  /// The only command submitted since the last call.
  template <class C>
  [[nodiscard]] C take_one() {
    auto all = take_submitted();
    return std::get<C>(all.at(all.size() - 1).command);
  }

  /// Blocks until so many commands have been submitted in all.
  void wait_for(std::size_t count) const;

 private:
  [[nodiscard]] Outcome plausible(const Command& command);

  boost::asio::io_context& io_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Script script_;
  std::vector<Submitted> submitted_;
  std::size_t count_ = 0;
  std::vector<std::pair<Done, Outcome>> held_;
  bool holding_ = false;
  std::atomic<unsigned> waits_ended_ = 0;
  std::string unready_;
  std::optional<Error> read_error_;
  BreakerState breaker_;
  JobId last_job_ = 0;
};

}  // namespace breakerd::http::test
