#pragma once
// What one connection holds of the memory that is counted, and waiting for more of it. One I/O thread.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>

#include <breakerd/http/edge/byte_pool.hpp>

namespace breakerd::http {

/// The pools that all connections of a server share. Apart, so that clients of one kind do not stand before the others.
struct Pools {
  /// A quarter of `bytes_max` for bodies being received, a half for commands, a quarter for reads.
  explicit Pools(std::size_t bytes_max) : bodies{bytes_max / 4}, commands{bytes_max / 2}, reads{bytes_max / 4} {}

  BytePool bodies;
  BytePool commands;  ///< commands at work, and their answers until they are written
  BytePool reads;     ///< the same of reads

  [[nodiscard]] bool is_short() const { return bodies.is_short() || commands.is_short() || reads.is_short(); }
};

/// Which of them.
enum class Share : std::uint8_t { commands, reads };

/// Bytes by where they were taken from.
struct Charge {
  std::size_t own = 0;  ///< of the connection's own allowance
  std::size_t commands = 0;
  std::size_t reads = 0;

  [[nodiscard]] std::size_t total() const { return own + commands + reads; }
  Charge& operator+=(const Charge& other) {
    own += other.own;
    commands += other.commands;
    reads += other.reads;
    return *this;
  }
};

/// What a connection holds altogether.
class Holding {
 public:
  /// Each connection may hold so much beside the pools, so that what is small waits for nobody.
  static constexpr std::size_t own_max = 96 << 10;

  Holding(Pools& pools, std::size_t pooled_max) : pools_{pools}, pooled_max_{pooled_max} {}

  /// Takes `bytes` for `charge`: from the allowance when they fit, else from the pool.
  [[nodiscard]] bool take(std::size_t bytes, Share share, Charge& charge);
  /// The same from the pool, whether there is room or not. False when there is none.
  [[nodiscard]] bool add(std::size_t bytes, Share share, Charge& charge);
  /// `bytes` have been, or will be, taken from the pool by a wait; and they will not.
  void promise(std::size_t bytes, Share share, Charge& charge);
  void forget(Charge& charge);

  /// What to wait for when take() failed.
  [[nodiscard]] std::size_t clamped(std::size_t bytes, Share share) const;
  /// True when take() would find `bytes` in the allowance.
  [[nodiscard]] bool has_own(std::size_t bytes) const { return own_ + bytes <= own_max; }
  /// Holds as much as one connection may: no more of its requests are to be taken.
  [[nodiscard]] bool is_full() const { return pooled_ >= pooled_max_; }
  [[nodiscard]] bool uses_pools() const { return pooled_ > 0; }

  /// Gives all of `charge` back but `kept` bytes.
  void release(Charge& charge, std::size_t kept = 0);

  [[nodiscard]] BytePool& pool(Share share) const { return share == Share::reads ? pools_.reads : pools_.commands; }

 private:
  Pools& pools_;
  std::size_t pooled_max_;
  std::size_t own_ = 0;
  std::size_t pooled_ = 0;
};

/// One wait for bytes of a pool. Must live until it is not pending.
class RoomWait final : private BytePool::Waiter {
 public:
  explicit RoomWait(boost::asio::io_context& io) : io_{io} {}

  /// `then` is called on the I/O thread when the bytes have been taken; they are the caller's then. Must not be
  /// pending.
  void start(BytePool& pool, std::size_t bytes, std::function<void()> then);
  /// True: it does not wait any more. False: it was not pending, or the bytes have been taken, and `then` is about to
  /// be called.
  [[nodiscard]] bool cancel();

  [[nodiscard]] bool is_pending() const { return then_ != nullptr; }
  /// What is, or was, waited for.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] BytePool& pool() const { return *pool_; }

 private:
  void granted() noexcept override;

  boost::asio::io_context& io_;
  BytePool* pool_ = nullptr;
  std::size_t bytes_ = 0;
  std::function<void()> then_;
};

}  // namespace breakerd::http
