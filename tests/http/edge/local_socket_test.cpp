// The Unix socket: its file, and who is at the other end.

#include <breakerd/http/edge/local_socket.hpp>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <breakerd/http/daemon/loopback.hpp>
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using breakerd::http::LocalSocket;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Folder {
  breakerd::test::TempDir folder;
  fs::path path = folder.path() / "s.sock";
  boost::asio::io_context io;

  [[nodiscard]] Result<LocalSocket> listen() { return LocalSocket::listen(io, path); }

  void is_refused(ErrorCode code, const std::string& text) {
    const auto socket = listen();
    REQUIRE_FALSE(socket.has_value());
    CHECK(socket.error().code == code);
    CHECK_THAT(socket.error().detail, ContainsSubstring(text));
  }
};

/// What a daemon leaves that was killed.
void leave_dead_socket(Folder& f) {
  auto socket = f.listen();
  REQUIRE(socket.has_value());
  const fs::path kept = f.path.string() + ".kept";
  fs::create_hard_link(f.path, kept);
  { const LocalSocket ended{std::move(*socket)}; }
  fs::rename(kept, f.path);
}

std::string user_name() { return getpwuid(geteuid())->pw_name; }

}  // namespace

TEST_CASE("whoever comes over the Unix socket is known by the name of the user") {
  Folder f;
  TestServer server;
  REQUIRE(server.listen_locally(f.path).has_value());
  Client client{f.path};
  CHECK(client.post("/api/v1/jobs", R"({"job_type":"enrich"})").status == 201);
  CHECK(server.backend.take_submitted().front().principal == "local:" + user_name());
  CHECK(Client{server.port()}.post("/api/v1/jobs", R"({"job_type":"enrich"})").status == 201);
  CHECK(server.backend.take_submitted().front().principal == "anonymous@127.0.0.1");
}

TEST_CASE("the socket is for its user and group, and is gone after a stop") {
  Folder f;
  const mode_t before = umask(0077);
  {
    TestServer server;
    REQUIRE(server.listen_locally(f.path).has_value());
    struct stat found {};
    REQUIRE(stat(f.path.c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777) == 0660);
    server.stop();
    CHECK_FALSE(fs::exists(f.path));
  }
  umask(before);
}

TEST_CASE("the socket of a daemon that has died is replaced") {
  Folder f;
  leave_dead_socket(f);
  REQUIRE(fs::exists(f.path));
  TestServer server;
  REQUIRE(server.listen_locally(f.path).has_value());
  CHECK(Client{f.path}.get("/livez").status == 200);
}

TEST_CASE("the socket of a living process is refused and left alone") {
  Folder f;
  TestServer server;
  REQUIRE(server.listen_locally(f.path).has_value());
  f.is_refused(ErrorCode::wrong_state, "another process listens there");
  CHECK(Client{f.path}.get("/livez").status == 200);
}

TEST_CASE("another kind of file is refused and left alone") {
  Folder f;
  std::ofstream{f.path} << "mine";
  f.is_refused(ErrorCode::wrong_state, "a file of another kind");
  CHECK(fs::file_size(f.path) == 4);
}

TEST_CASE("a path that is longer than a socket's can be is refused with both lengths") {
  Folder f;
  f.path = f.folder.path() / std::string(108, 'x');
  f.is_refused(ErrorCode::invalid, "has " + std::to_string(f.path.native().size()) + " bytes");
  f.is_refused(ErrorCode::invalid, "at most 107");
  f.path = f.folder.path() / std::string(107 - f.folder.path().native().size() - 1, 'x');
  REQUIRE(f.path.native().size() == 107);
  CHECK(f.listen().has_value());
}

TEST_CASE("a folder that is not there is said") {
  Folder f;
  f.path = f.folder.path() / "none" / "s";
  f.is_refused(ErrorCode::storage, "No such file or directory");
}

TEST_CASE("a socket file that another has put in its place is not removed") {
  Folder f;
  {
    auto socket = f.listen();
    REQUIRE(socket.has_value());
    fs::remove(f.path);
    std::ofstream{f.path} << "another's";
  }
  CHECK(fs::exists(f.path));
}

TEST_CASE("loopback addresses are told from others") {
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) CHECK(http::is_loopback(address));
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "nonsense"})
    CHECK_FALSE(http::is_loopback(address));
}
