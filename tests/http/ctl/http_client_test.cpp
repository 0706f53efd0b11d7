#include <breakerd/http/ctl/client/http_client.hpp>

#include <set>

#include "tests/http/ctl/scripted_peer.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;

namespace {

HttpClient client_of(const ScriptedPeer& peer, std::chrono::milliseconds patience = 0ms) {
  return HttpClient{ClientOptions{peer.address(), 5s, patience}};
}

const Request safe_request{Verb::get, "/r", "", Repeat::safe};
const Request unsafe_request{Verb::post, "/w", "{}", Repeat::never};

/// Drops the connection on the requests whose numbers (from 1) are given, answers the others.
ScriptedPeer::Script dropping(std::set<int> which) {
  return [which = std::move(which), count = 0](const PeerRequest&) mutable {
    return which.contains(++count) ? drop() : success("{\"ok\":true}");
  };
}

}  // namespace

TEST_CASE("patience lasts as long as it says", "[cli][client]") {
  ScriptedPeer peer{[](const PeerRequest&) { return success("{}"); }};
  peer.die();
  const auto begun = std::chrono::steady_clock::now();
  CHECK(client_of(peer, 350ms).call(unsafe_request).error().kind == ErrorKind::unreachable);
  const auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took >= 350ms);
}

TEST_CASE("calls share one connection", "[cli][client]") {
  ScriptedPeer peer{[](const PeerRequest&) { return success("{\"n\":1}"); }};
  auto client = client_of(peer);
  REQUIRE(client.call(safe_request).has_value());
  const auto reply = client.call(unsafe_request);
  REQUIRE(reply.has_value());
  CHECK(reply->raw() == "{\"n\":1}");
  const auto seen = peer.seen();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].connection == seen[1].connection);
  CHECK(seen[0].head.find("Host: 127.0.0.1:") != std::string::npos);
}

TEST_CASE("a connection that was closed while idle is replaced, for any request", "[cli][client]") {
  ScriptedPeer peer{[](const PeerRequest&) {
    auto answer = success("{}");
    answer.close = true;
    return answer;
  }};
  auto client = client_of(peer);
  REQUIRE(client.call(unsafe_request).has_value());
  peer.die();  // joins the peer's threads: the connection is closed now
  peer.revive();
  CHECK(client.call(unsafe_request).has_value());
  CHECK(peer.seen().size() == 2);
}

TEST_CASE("a request that is not safe is sent once, and its loss is told as unknown", "[cli][client]") {
  ScriptedPeer peer{dropping({1})};
  auto client = client_of(peer, 5s);
  const auto reply = client.call(unsafe_request);
  REQUIRE(reply.has_error());
  CHECK(reply.error().kind == ErrorKind::no_answer);
  CHECK(exit_code(reply.error()) == ExitCode::unreachable);
  CHECK(peer.seen().size() == 1);
}

TEST_CASE("a safe request is repeated within its patience", "[cli][client]") {
  ScriptedPeer peer{dropping({1, 2})};
  CHECK(client_of(peer, 30s).call(safe_request).has_value());
  CHECK(peer.seen().size() == 3);
}

TEST_CASE("a safe request on a used connection is repeated once without patience", "[cli][client]") {
  ScriptedPeer peer{dropping({2})};
  auto client = client_of(peer);
  REQUIRE(client.call(safe_request).has_value());
  CHECK(client.call(safe_request).has_value());
}

TEST_CASE("a keyed request has a key of its own, which stays the same however often it is sent", "[cli][client]") {
  const auto key_in = [](const PeerRequest& request) {
    const std::size_t at = request.head.find("Idempotency-Key: ");
    return at == std::string::npos ? std::string{} : request.head.substr(at + 17, 32);
  };
  const Request keyed_request{Verb::post, "/w", "{}", Repeat::keyed};
  ScriptedPeer peer{[count = 0](const PeerRequest&) mutable {
    ++count;
    if (count == 1) return drop();
    if (count == 2) return problem(409, "in_progress", "a request with this Idempotency-Key is still being done");
    if (count == 3) return problem(503, "outcome_unknown", "outcome unknown");
    return success("{}");
  }};
  auto client = client_of(peer, 10s);
  REQUIRE(client.call(keyed_request).has_value());
  REQUIRE(client.call(keyed_request).has_value());
  REQUIRE(client.call(unsafe_request).has_value());
  const auto seen = peer.seen();
  REQUIRE(seen.size() == 6);
  CHECK(key_in(seen[0]).find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(key_in(seen[0]).size() == 32);
  for (std::size_t i = 1; i < 4; ++i) CHECK(key_in(seen[i]) == key_in(seen[0]));
  CHECK(key_in(seen[4]) != key_in(seen[0]));
  CHECK(key_in(seen[5]).empty());
}

TEST_CASE("a conflict of another kind is not waited for", "[cli][client]") {
  ScriptedPeer peer{[](const PeerRequest&) { return problem(409, "wrong_state", "no"); }};
  CHECK(client_of(peer, 10s).call({Verb::post, "/w", "{}", Repeat::keyed}).error().code == "wrong_state");
  CHECK(peer.seen().size() == 1);
}

TEST_CASE("nothing was done where nobody listens, so even an unsafe request waits for the daemon", "[cli][client]") {
  ScriptedPeer peer{[](const PeerRequest&) { return success("{}"); }};
  peer.die();
  const auto refused = client_of(peer).call(unsafe_request);
  REQUIRE(refused.has_error());
  CHECK(refused.error().kind == ErrorKind::unreachable);

  auto client = client_of(peer, 30s);
  std::thread starter{[&peer] { peer.revive(); }};
  CHECK(client.call(unsafe_request).has_value());
  starter.join();
}

TEST_CASE("a daemon that is not ready did nothing; one that is unsure may have", "[cli][client]") {
  std::string code = "unavailable";
  ScriptedPeer peer{[&code, count = 0](const PeerRequest&) mutable {
    return ++count == 1 ? problem(503, code, "no") : success("{}");
  }};
  SECTION("unavailable is tried again") { CHECK(client_of(peer, 30s).call(unsafe_request).has_value()); }
  SECTION("outcome_unknown is not") {
    code = "outcome_unknown";
    const auto reply = client_of(peer, 30s).call(unsafe_request);
    REQUIRE(reply.has_error());
    CHECK(reply.error().code == "outcome_unknown");
    CHECK(peer.seen().size() == 1);
  }
}

TEST_CASE("an exchange has a deadline", "[cli][client]") {
  // A listener that never accepts: the kernel completes the connection, nobody answers.
  std::mutex held;
  std::unique_lock hold{held};
  ScriptedPeer peer{[&held](const PeerRequest&) {
    const std::lock_guard wait{held};
    return success("{}");
  }};
  HttpClient client{ClientOptions{peer.address(), 200ms, 0ms}};
  const auto reply = client.call(unsafe_request);
  hold.unlock();
  REQUIRE(reply.has_error());
  CHECK(reply.error().kind == ErrorKind::no_answer);
}

TEST_CASE("a problem is told with its code, its fields and the job's status", "[cli][answer]") {
  const auto reply =
      read_answer(422, R"({"title":"Invalid","status":422,"detail":"two fields","code":"invalid","job_status":"FAILED",
      "errors":[{"field":"name","expected":"1 to 255"},{"field":"x","detail":"unknown"}],"more":1})");
  REQUIRE(reply.has_error());
  const auto& error = reply.error();
  CHECK(error.detail == "two fields");
  CHECK(error.code == "invalid");
  CHECK(error.job_status == "FAILED");
  REQUIRE(error.fields.size() == 2);
  CHECK(error.fields[0].problem == "1 to 255");
  CHECK(error.fields[1].problem == "unknown");
  CHECK(to_text(error) == "breakerctl: two fields [invalid]\n  name: 1 to 255\n  x: unknown\n  the job is FAILED\n");
}

TEST_CASE("answers that are not breakerd's are told as such", "[cli][answer]") {
  CHECK(read_answer(200, "<html>").error().kind == ErrorKind::unintelligible);
  CHECK(read_answer(200, "[]").error().kind == ErrorKind::unintelligible);
  CHECK(read_answer(200, "{}").error().kind == ErrorKind::unintelligible);
  CHECK(read_answer(302, "").error().kind == ErrorKind::unintelligible);
  CHECK(read_answer(502, "<html>").error().kind == ErrorKind::refused);
}

TEST_CASE("exit codes follow the kind of refusal", "[cli][answer]") {
  const auto code_of = [](unsigned status, const std::string& code) {
    return exit_code(CliError{ErrorKind::refused, "", status, code, "", {}});
  };
  CHECK(code_of(422, "invalid") == ExitCode::refused);
  CHECK(code_of(404, "not_found") == ExitCode::not_found);
  CHECK(code_of(409, "held") == ExitCode::conflict);
  CHECK(code_of(400, "circuit_open") == ExitCode::conflict);
  CHECK(code_of(503, "unavailable") == ExitCode::unreachable);
  CHECK(exit_code(usage_error("")) == ExitCode::usage);
  CHECK(exit_code(local_error("")) == ExitCode::local);
}

TEST_CASE("queries are encoded", "[cli][client]") {
  std::string target = "/x";
  add_query(target, "a", "");
  add_query(target, "b", "1 &é");
  add_query(target, "c", "-._~");
  CHECK(target == "/x?b=1%20%26%C3%A9&c=-._~");
}
