#pragma once
// The gate: the in-memory answer to "may work go out?". It is open exactly when the durable state of the circuit is
// CLOSED, no standing reason shuts it, and no opening is on its way. All of that is one atomic word, so a reader sees
// one moment of it.
//
//   bits 0        the durable state is CLOSED; the log actor alone writes it, and the epoch
//   bits 1..7     the standing reasons, each written by its owner alone
//   bits 8..39    the epoch
//   bits 40..63   how many openings are on their way
//
// Nothing but what set a part of the word clears it: a close that becomes durable cannot let work out over an opening
// that is still to be recorded. Any thread may read; the word outlives the actor system.

#include <atomic>
#include <cstdint>
#include <utility>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

class Gate {
 public:
  /// Why the gate is shut whatever the circuit's state.
  enum class Reason : std::uint8_t {
    storage = 1,   ///< storage is down; the log actor's
    stall = 2,     ///< a commit hangs, or may; the supervisor's
    ended = 3,     ///< an actor has ended that must not; set by the actor itself, never lifted
    shutdown = 4,  ///< the core's; never lifted
  };

  struct View {
    bool allowed = false;
    Epoch epoch = 0;
  };

  /// One acquire load.
  [[nodiscard]] bool allows() const noexcept { return is_open(word_.load(std::memory_order_acquire)); }
  [[nodiscard]] View view() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return {is_open(word), (word & epoch_mask) >> epoch_shift};
  }
  [[nodiscard]] bool is_shut_by(Reason reason) const noexcept {
    return (word_.load(std::memory_order_acquire) & bit(reason)) != 0;
  }

  /// True when a reason or an opening on its way shuts it, whatever the circuit's state: nothing is granted.
  [[nodiscard]] bool is_held() const noexcept {
    return (word_.load(std::memory_order_acquire) & ~(epoch_mask | closed_bit)) != 0;
  }

  /// True when an actor has ended that must not, and not because the core is stopping.
  [[nodiscard]] bool has_ended() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return (word & (bit(Reason::ended) | bit(Reason::shutdown))) == bit(Reason::ended);
  }

  /// For the owner of the reason alone.
  void shut(Reason reason) noexcept { word_.fetch_or(bit(reason), std::memory_order_acq_rel); }
  void lift(Reason reason) noexcept { word_.fetch_and(~bit(reason), std::memory_order_acq_rel); }

  /// What is durable. For the log actor, and before there is one.
  void set_circuit(bool closed, Epoch epoch) noexcept {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    std::uint64_t next = 0;
    do next = (word & ~(epoch_mask | closed_bit)) | (epoch << epoch_shift & epoch_mask) | (closed ? closed_bit : 0);
    while (!word_.compare_exchange_weak(word, next, std::memory_order_acq_rel));
  }

 private:
  friend class OpeningTicket;

  static constexpr std::uint64_t closed_bit = 1;
  static constexpr int epoch_shift = 8;
  static constexpr std::uint64_t epoch_mask = std::uint64_t{0xffff'ffff} << epoch_shift;
  static constexpr std::uint64_t one_ticket = std::uint64_t{1} << 40;

  static constexpr std::uint64_t bit(Reason reason) { return std::uint64_t{1} << static_cast<unsigned>(reason); }
  static constexpr bool is_open(std::uint64_t word) { return (word & ~epoch_mask) == closed_bit; }

  std::atomic<std::uint64_t> word_{0};
};

/// Says of one command that may open the circuit that it is on its way: the gate is shut from the making of the ticket
/// until release(). Up to 2^24 at once. A ticket that is dropped without release() keeps the gate shut for as long as
/// the process lives: an opening that was lost is a defect, and the gate fails closed. One thread at a time.
class OpeningTicket {
 public:
  OpeningTicket() = default;
  explicit OpeningTicket(Gate& gate) noexcept : gate_{&gate} {
    gate.word_.fetch_add(Gate::one_ticket, std::memory_order_acq_rel);
  }
  OpeningTicket(OpeningTicket&& other) noexcept : gate_{std::exchange(other.gate_, nullptr)} {}
  OpeningTicket& operator=(OpeningTicket&& other) noexcept {
    gate_ = std::exchange(other.gate_, nullptr);
    return *this;
  }
  OpeningTicket(const OpeningTicket&) = delete;
  OpeningTicket& operator=(const OpeningTicket&) = delete;
  ~OpeningTicket() = default;

  [[nodiscard]] explicit operator bool() const noexcept { return gate_ != nullptr; }

  /// The opening is durable, or none was needed.
  void release() noexcept {
    if (Gate* const gate = std::exchange(gate_, nullptr))
      gate->word_.fetch_sub(Gate::one_ticket, std::memory_order_acq_rel);
  }

 private:
  Gate* gate_ = nullptr;
};

}  // namespace breakerd
