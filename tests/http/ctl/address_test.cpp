// Where breakerctl finds the daemon.

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const Request request{Verb::get, "/r", "", Repeat::safe};

PeerAnswer nothing(const PeerRequest&) { return success("{}"); }

/// A listener that takes nothing off its queue, which is full.
class FullListener {
 public:
  explicit FullListener(const std::string& path) : name_{} {
    name_.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), name_.sun_path);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener_, where(), sizeof name_) == 0);
    REQUIRE(::listen(listener_, 0) == 0);
    for (;;) {
      waiting_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (::connect(waiting_.back(), where(), sizeof name_) != 0) break;
    }
  }
  ~FullListener() {
    for (const int socket : waiting_) ::close(socket);
    ::close(listener_);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

 private:
  const sockaddr* where() const { return reinterpret_cast<const sockaddr*>(&name_); }

  sockaddr_un name_;
  int listener_;
  std::vector<int> waiting_;
};

}  // namespace

TEST_CASE("an address is http, a host and a port", "[cli][address]") {
  CHECK(parse_address("http://localhost:9")->authority() == "localhost:9");
  CHECK(parse_address("http://[::1]:8080/")->host == "::1");
  CHECK(parse_address("http://[::1]:8080")->authority() == "[::1]:8080");
  CHECK(parse_address("http://h")->port == "80");
  for (const char* wrong :
       {"", "localhost:8080", "https://h:1", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
        "http://h/path", "http://u@h:1", "http://[::1", "http://h :1"}) {
    CAPTURE(wrong);
    CHECK(parse_address(wrong).has_error());
  }
}

TEST_CASE("an address may be a Unix socket, whose name has a longest length", "[cli][address]") {
  const auto local = parse_address("unix:/run/breakerd.sock");
  REQUIRE(local.has_value());
  CHECK(local->is_local());
  CHECK(local->path == "/run/breakerd.sock");
  CHECK(local->to_string() == "unix:/run/breakerd.sock");
  CHECK(local->authority() == "localhost");
  CHECK(parse_address("unix:/" + std::string(106, 'x')).has_value());
  CHECK(parse_address("unix:/" + std::string(107, 'x')).has_error());
  CHECK(parse_address("unix:").has_error());
}

TEST_CASE("a daemon is spoken to through its Unix socket", "[cli][address]") {
  const TempDir folder;
  ScriptedPeer peer{nothing, folder.path + "/s"};
  HttpClient client{ClientOptions{peer.address(), 5s, 0ms}};
  REQUIRE(client.call(request).has_value());
  REQUIRE(client.call(request).has_value());
  const auto seen = peer.seen();
  CHECK(seen.at(0).connection == seen.at(1).connection);
  CHECK_THAT(seen.at(0).head, ContainsSubstring("Host: localhost\r\n"));
  peer.die();
  peer.revive();
  CHECK(client.call(request).has_value());
}

TEST_CASE("a socket that is not there, or whose queue stays full, is a daemon that cannot be reached",
          "[cli][address]") {
  const TempDir folder;
  HttpClient absent{ClientOptions{Address{"", "", folder.path + "/none"}, 5s, 0ms}};
  CHECK(absent.call(request).error().kind == ErrorKind::unreachable);
  const FullListener full{folder.path + "/full"};
  HttpClient late{ClientOptions{Address{"", "", folder.path + "/full"}, 100ms, 0ms}};
  CHECK(late.call(request).error().kind == ErrorKind::unreachable);
  CHECK(is_answered(folder.path + "/full"));
}

TEST_CASE("the address comes from the environment when no option names it", "[cli][address]") {
  const Desk desk{success("{}")};
  const Variable address{"BREAKERD_ADDRESS", desk.peer.url()};
  CHECK(breakerctl({"status"}).code == 0);
  CHECK(breakerctl({"--address", "http://127.0.0.1:1", "status"}).code == 3);
}

TEST_CASE("without an address the socket in the data directory is preferred while a daemon answers there",
          "[cli][address]") {
  const TempDir folder;
  const Variable directory{"BREAKERD_DATA_DIR", folder.path};
  CHECK(default_address().to_string() == default_url);  // no socket
  ScriptedPeer peer{nothing, folder.path + "/breakerd.sock"};
  CHECK(default_address().to_string() == "unix:" + folder.path + "/breakerd.sock");
  CHECK(breakerctl({"status"}).code == 0);
  CHECK(peer.seen().size() == 1);
  peer.die();
  CHECK(std::filesystem::exists(folder.path + "/breakerd.sock"));
  CHECK(default_address().to_string() == default_url);  // the file is there, and nobody behind it
}

TEST_CASE("BREAKERD_SOCKET says where the socket is, or that there is none", "[cli][address]") {
  const TempDir folder;
  const Variable directory{"BREAKERD_DATA_DIR", folder.path};
  {
    const Variable socket{"BREAKERD_SOCKET", "/run/other.sock"};
    CHECK(guessed_socket() == "/run/other.sock");
  }
  {
    const Variable socket{"BREAKERD_SOCKET", ""};
    CHECK(guessed_socket().empty());
    CHECK(default_address().to_string() == default_url);
  }
  CHECK(guessed_socket() == folder.path + "/breakerd.sock");
}
