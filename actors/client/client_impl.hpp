#pragma once
// What a client is made of: the log, an actor system, the core, and how commands and reads get there.

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/client.hpp>
#include <breakerd/events/model/limits.hpp>

namespace breakerd {

class Client::Impl {
 public:
  /// As Client::open().
  [[nodiscard]] static Result<std::unique_ptr<Impl>> open(ClientOptions options);
  /// The first part of Client's end: afterwards no callback comes any more. Once.
  void close();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] Core& core() const { return *core_; }
  [[nodiscard]] caf::actor_system& system() const { return *system_; }
  [[nodiscard]] const Clock& clock() const { return *options_.clock; }

  [[nodiscard]] Outcome ask(Command command, std::string principal);
  /// As Client::settle_and_lease(); without `next` nothing is leased.
  [[nodiscard]] Result<SettledAndLeased> settle(std::vector<LeaseEnd> ends, std::optional<LeaseJobs> next);
  void submit(Command command, std::string principal, std::function<void(Outcome)> on_outcome);
  [[nodiscard]] Result<Subscription> subscribe(OnEvent on_event, std::optional<Seq> from);

  /// The reply to a command. Nobody: the options' principal.
  template <class R>
  [[nodiscard]] Result<R> ask_for(Command command, std::optional<std::string> principal = std::nullopt) {
    auto outcome = ask(std::move(command), principal ? std::move(*principal) : options_.principal);
    if (!outcome) return outcome.error();
    return std::get<R>(std::move(*outcome));
  }
  /// Whether it changed the circuit. Likewise.
  [[nodiscard]] Result<bool> change_circuit(Command command, std::optional<std::string> principal = std::nullopt);

  /// `read` of committed state; damage that it meets is counted.
  template <class T, class Read>
  [[nodiscard]] Result<T> read_now(const Read& read) const {
    if (auto ended = core_->ended()) return std::move(*ended);
    auto found = [&]() -> Result<T> {
      const auto now = log_->view();
      if (!now) return now.error();
      return read(**now);
    }();
    if (!found) core_->read_damage().count(found.error());
    return found;
  }
  /// The same, of a page of at most `limit` items.
  template <class Items, class Read>
  [[nodiscard]] Result<Items> read_page(std::uint32_t limit, const Read& read) const {
    return guarded([&]() -> Result<Items> {
      if (limit == 0 || limit > limits::page_items_max)
        return invalid_field("limit", "1 to " + std::to_string(limits::page_items_max));
      return read_now<Items>(read);
    });
  }

 private:
  explicit Impl(ClientOptions options);

  /// Nothing that a library throws gets past the client.
  template <class Call>
  static auto guarded(Call call) -> decltype(call()) {
    try {
      return call();
    } catch (const std::exception& error) {
      return make_error(ErrorCode::unavailable, error.what());
    }
  }
  [[nodiscard]] Result<SettledAndLeased> settle_in_steps(std::vector<Command> ends, std::optional<LeaseJobs> next);
  [[nodiscard]] Error record_and_refuse(const std::vector<Command>& ends, Error mistake);
  /// All of them the queue's, in one batch.
  [[nodiscard]] std::vector<Outcome> ask_together(std::vector<Command> commands);
  [[nodiscard]] bool is_within_callback() const;
  [[nodiscard]] Outcome refuse_in_callback(Command command, std::string principal);

  ClientOptions options_;
  std::unique_ptr<EventLog> log_;
  CoreConfig config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<Core> core_;
  std::thread::id worker_;  ///< that the actors of system() share
  std::shared_mutex closing_mutex_;
  bool closing_ = false;  ///< guarded by closing_mutex_; from then on nothing is submitted
};

}  // namespace breakerd
