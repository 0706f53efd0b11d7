#pragma once
// Who is at the other end of a Unix socket.

#include <sys/types.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace breakerd::http {

/// The name of a user in the system's user database, or the number of one without a name. May take long: the database
/// may be on another machine.
[[nodiscard]] std::string name_of_user(uid_t user);

/// Finds the principals of peers, on a thread of its own. Functions: any thread.
class LocalUsers {
 public:
  using LookUp = std::function<std::string(uid_t)>;

  /// How long to wait for a name, and for how many at a time: a person on the machine gets in also when the user
  /// database hangs.
  static constexpr std::chrono::milliseconds patience{1'000};
  static constexpr std::size_t waiting_max = 256;

  explicit LocalUsers(LookUp look_up = name_of_user, std::chrono::milliseconds longest_wait = patience);
  /// Waits for a look-up that is under way.
  ~LocalUsers();

  /// Calls `done` once in a turn of `io`: with "local:<user>", as the kernel has noted it at connect(2) (SO_PEERCRED),
  /// or with "local:<number>" for a user who has no name, or whose name does not come in time. `io` outlives this, but
  /// for its last turns.
  void principal_of(int socket, boost::asio::io_context& io, std::function<void(std::string)> done);

 private:
  const LookUp look_up_;
  const std::chrono::milliseconds longest_wait_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool thread_{1};
};

}  // namespace breakerd::http
