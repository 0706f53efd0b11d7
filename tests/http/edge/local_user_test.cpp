// Who is at the other end of a Unix socket, also when the user database does not answer.

#include <breakerd/http/edge/local_user.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <future>

#include "tests/support/catch.hpp"

using breakerd::http::LocalUsers;

namespace {

struct Peer {
  Peer() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Peer() {
    for (const int end : ends) close(end);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Runs a loop until the principal is there.
  std::string principal(LocalUsers& users, boost::asio::io_context& io) {
    const auto work = boost::asio::make_work_guard(io);
    std::string found;
    users.principal_of(ends[0], io, [&](const std::string& principal) {
      found = principal;
      io.stop();
    });
    io.run();
    return found;
  }

  std::array<int, 2> ends{};
};

std::string by_number() { return "local:" + std::to_string(geteuid()); }

constexpr std::chrono::milliseconds for_ever{std::chrono::hours{1}};

}  // namespace

TEST_CASE("a peer is known by the name that its number has in the user database") {
  boost::asio::io_context io;  // outlives who is looked up for it
  LocalUsers users{[](uid_t user) { return user == geteuid() ? "alice" : "another"; }, for_ever};
  CHECK(Peer{}.principal(users, io) == "local:alice");
}

TEST_CASE("a peer whose name does not come is known by its number") {
  std::promise<std::string> name;
  boost::asio::io_context io;  // outlives who is looked up for it
  LocalUsers users{[&](uid_t) { return name.get_future().get(); }, std::chrono::milliseconds{1}};
  CHECK(Peer{}.principal(users, io) == by_number());
  name.set_value("late");
}

TEST_CASE("peers that come while many names are waited for are known by their numbers at once") {
  std::promise<void> answered;
  const std::shared_future<void> answer = answered.get_future().share();
  boost::asio::io_context io;  // outlives who is looked up for it
  boost::asio::io_context another;
  LocalUsers users{[=](uid_t) { return answer.wait(), std::string{"alice"}; }, for_ever};
  Peer peer;
  std::size_t named = 0;
  for (std::size_t i = 0; i < LocalUsers::waiting_max; ++i)
    users.principal_of(peer.ends[0], io, [&](const std::string& principal) { named += principal == "local:alice"; });
  CHECK(peer.principal(users, another) == by_number());
  answered.set_value();
  io.run();  // ends when no timer is left: each name cancels one
  CHECK(named == LocalUsers::waiting_max);
}
