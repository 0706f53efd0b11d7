// Which part of the log `events` prints.

#include <fmt/format.h>

#include <breakerd/events/model/time.hpp>
#include "tests/http/ctl/desk.hpp"

using namespace breakerd;
using namespace breakerd::ctl;
using namespace breakerd::ctl::test;

namespace {

constexpr std::uint64_t total = 5'000;

/// A log of `total` events, one a minute from 2026-11-01; every 1,000th is a CircuitOpened.
class FakeLog {
 public:
  std::uint64_t events = total;
  unsigned requests = 0;

  PeerAnswer operator()(const PeerRequest& request) {
    ++requests;
    if (request.target.find("status") != std::string::npos)
      return success(fmt::format(R"({{"queue":{{"last_seq":{}}}}})", events));
    const auto limit = number_of(request.target, "limit=");
    const bool opened = request.target.find("type=CircuitOpened") != std::string::npos;
    std::string list;
    std::uint64_t seq = number_of(request.target, "from=");
    for (std::uint64_t count = 0; seq <= events && count < limit; ++seq) {
      if (opened && seq % 1000 != 0) continue;
      list += fmt::format(R"({}{{"seq":{},"time":"{}"}})", list.empty() ? "" : ",", seq, time_of(seq));
      ++count;
    }
    return success(
        fmt::format(R"({{"events":[{}],"next":{}}})", list, std::max(seq, number_of(request.target, "from="))));
  }

  static std::string time_of(std::uint64_t seq) {
    return to_rfc3339(*parse_rfc3339("2026-11-01T00:00:00Z") + std::chrono::minutes{seq});
  }

 private:
  static std::uint64_t number_of(const std::string& target, const std::string& key) {
    return std::stoull(target.substr(target.find(key) + key.size()));
  }
};

/// "first-last" of the seqs that are printed, and their number.
std::string printed(const Run& done) {
  CHECK(done.code == 0);
  std::istringstream lines{done.out};
  std::vector<std::uint64_t> seqs;
  for (std::string line; std::getline(lines, line);) seqs.push_back(number_at(Json::parse(line), "seq"));
  return seqs.empty() ? "none" : fmt::format("{}-{} ({})", seqs.front(), seqs.back(), seqs.size());
}

struct Log {
  FakeLog log;
  Desk desk{[this](const PeerRequest& request) { return log(request); }};

  std::string operator()(std::vector<std::string> words) {
    words.insert(words.begin(), {"--json", "events"});
    return printed(desk(words));
  }
};

}  // namespace

TEST_CASE("--last prints the end of the log", "[cli][events]") {
  Log log;
  CHECK(log({"--last", "3"}) == "4998-5000 (3)");
  CHECK(log({"--last", "9000"}) == "1-5000 (5000)");
  CHECK(log({"--last", "2", "--type", "CircuitOpened"}) == "4000-5000 (2)");
  CHECK(log({"--last", "100", "--type", "CircuitOpened"}) == "1000-5000 (5)");
  CHECK(log({"--last", "3", "--until", "2000"}) == "1998-2000 (3)");
  CHECK(log({"--last", "3", "--since", "4999"}) == "4999-5000 (2)");
  log.log.events = 0;
  CHECK(log({"--last", "3"}) == "none");
}

TEST_CASE("--since and --until take sequence numbers, both included", "[cli][events]") {
  Log log;
  CHECK(log({"--since", "4990"}) == "4990-5000 (11)");
  CHECK(log({"--since", "10", "--until", "12"}) == "10-12 (3)");
  CHECK(log({"--until", "3"}) == "1-3 (3)");
  CHECK(log({"--until", "0"}) == "none");
  CHECK(log({"--since", "0", "--limit", "1"}) == "1-1 (1)");
  CHECK(log({"--since", "6000"}) == "none");
  CHECK(log({"--until", "2000", "--type", "CircuitOpened"}) == "1000-2000 (2)");
}

TEST_CASE("--since and --until take times, both included", "[cli][events]") {
  Log log;
  CHECK(log({"--since", FakeLog::time_of(4990)}) == "4990-5000 (11)");
  CHECK(log({"--since", "2026-11-01T00:10:00.000001Z", "--until", FakeLog::time_of(12)}) == "11-12 (2)");
  CHECK(log({"--until", "2026-11-01T00:03:59Z"}) == "1-3 (3)");
  CHECK(log({"--since", "2026-10-01T00:00:00Z", "--limit", "2"}) == "1-2 (2)");
  CHECK(log({"--since", "2027-01-01T00:00:00Z"}) == "none");
  CHECK(log({"--until", "2026-10-01T00:00:00Z"}) == "none");
}

TEST_CASE("a time is found with few requests", "[cli][events]") {
  Log log;
  CHECK(log({"--since", FakeLog::time_of(2345), "--limit", "1"}) == "2345-2345 (1)");
  CHECK(log.log.requests <= 2 + 13 + 1);  // status, log2(5,000) looks, the page, the look for more
}

TEST_CASE("a limit within a range says where to go on only when there is more of it", "[cli][events]") {
  Log log;
  CHECK(log.desk({"--json", "events", "--until", "5", "--limit", "3"}).err == "more: --from 4\n");
  CHECK(log.desk({"--json", "events", "--until", "5", "--limit", "5"}).err.empty());
  CHECK(log.desk({"--json", "events", "--last", "5"}).err.empty());
}

TEST_CASE("following begins now unless told otherwise", "[cli][events]") {
  FakeLog log;
  const Desk desk{[&](const PeerRequest& request) {
    if (request.target.find("from=") != std::string::npos) ++log.events;  // there is always something new
    return log(request);
  }};
  CHECK(printed(desk({"--json", "events", "--follow", "--limit", "2"})) == "5001-5002 (2)");
  CHECK(printed(desk({"--json", "events", "--follow", "--limit", "2", "--from", "7"})) == "7-8 (2)");
  CHECK(printed(desk({"--json", "events", "--follow", "--limit", "2", "--since", "9"})) == "9-10 (2)");
}

TEST_CASE("a terminal gets the last events, everything else the first", "[cli][events]") {
  Log log;
  const auto url = log.desk.peer.url();
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto last = at_terminal({"--address", url, "events"});
  CHECK(lines(last.out) == 20);
  CHECK(last.out.find("    5000 ") != std::string::npos);
  CHECK(last.err.empty());
  CHECK(at_terminal({"--address", url, "events", "--limit", "1"}).out.find("       1 ") == 0);
  CHECK(log({}) == "1-100 (100)");
}

TEST_CASE("the principal is asked for", "[cli][events]") {
  Desk desk{success(R"({"events":[],"next":1})")};
  CHECK(desk({"events", "--principal", "local:ada"}).code == 0);
  CHECK(desk.last().target == "/api/v1/events?from=1&limit=100&principal=local%3Aada");
}
