// Reads on behalf of clients that meet damage: the answer, the log's line, the status, and what verify says.

#include <mutex>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/client.hpp>
#include <breakerd/http/daemon/front.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include "tests/http/support/client.hpp"
#include "tests/storage/rocks/tamper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Lines from any thread.
class Lines {
 public:
  void add(std::string line) {
    const std::lock_guard lock{mutex_};
    all_.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<std::string> about_reads() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> found;
    for (const std::string& line : all_)
      if (line.find("a read met damage") != std::string::npos) found.push_back(line);
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

constexpr JobId jobs = 3'000;

/// A log of so many jobs, one event of it damaged: near its beginning, because a start looks at the chain's end.
void write_damaged(DiskLog& disk, Seq victim, const std::optional<std::string>& row) {
  constexpr JobId jobs_per_commit = 300;
  disk.open();
  for (JobId first = 1; first <= jobs; first += jobs_per_commit) {
    Append append;
    for (JobId id = first; id < first + jobs_per_commit; ++id) append.events.push_back(said(enqueued(id)));
    must(try_append(*disk.log, append));
  }
  disk.close();
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) { set_event(batch, database, victim, row); });
}

/// A server over a log on a disk, with a clock that a test sets.
class DiskServer {
 public:
  explicit DiskServer(DiskLog& disk) {
    CoreOptions options;
    options.clock = &clock;
    options.log_line = [this](LineLevel, const std::string& line) { lines.add(line); };
    core_ = must(Core::start(system_, disk.open(), std::move(options)));
    must(front_.start());
    front_.attach(*core_);
  }
  ~DiskServer() { front_.stop(); }

  [[nodiscard]] std::uint16_t port() const { return front_.port(); }

  Lines lines;
  ManualClock clock;

 private:
  static http::ServerOptions on_any_port() {
    http::ServerOptions options;
    options.port = 0;
    return options;
  }

  CoreConfig config_;
  caf::actor_system system_{config_};
  std::unique_ptr<Core> core_;
  http::Front front_{1, on_any_port()};
};

}  // namespace

TEST_CASE("a read that meets damage is answered, logged and counted, and verify names it") {
  struct Case {
    Seq victim;
    std::optional<std::string> row;
    std::string said;
  };
  const auto damage = GENERATE(Case{4, std::string(34, 'x'), "event 4: "}, Case{4, std::string(10, 'x'), "event 4: "},
                               Case{4, std::nullopt, "event 4 is missing"});
  DiskLog disk;
  write_damaged(disk, damage.victim, damage.row);
  DiskServer server{disk};
  http::test::Client client{server.port()};
  const std::string status = "/api/v1/queue-management/status";
  const auto events_refused = [&] {
    const auto answer = client.get("/api/v1/events?limit=1000");
    CHECK(answer.status == 500);
    CHECK(answer.code() == "corrupt");
    return answer.json().at("detail").get<std::string>();
  };

  CHECK(client.get(status).data().at("damaged_reads") == nlohmann::json{{"count", 0}});
  const std::string detail = events_refused();
  CHECK_THAT(detail, ContainsSubstring(damage.said));
  REQUIRE(server.lines.about_reads().size() == 1);
  CHECK_THAT(server.lines.about_reads()[0], ContainsSubstring(detail) && ContainsSubstring("breakerctl verify"));
  CHECK(client.get(status).data().at("damaged_reads") ==
        nlohmann::json{{"count", 1}, {"last", detail}, {"last_at", to_rfc3339(server.clock.wall())}});

  SECTION("one line a minute, which says how many there were") {
    for (int i = 0; i < 5; ++i) CHECK(events_refused() == detail);
    CHECK(server.lines.about_reads().size() == 1);
    server.clock.advance(std::chrono::seconds{60});
    CHECK(events_refused() == detail);
    REQUIRE(server.lines.about_reads().size() == 2);
    CHECK_THAT(server.lines.about_reads()[1], ContainsSubstring("(and 5 reads before it, since the last line)"));
    CHECK(client.get(status).data().at("damaged_reads").at("count") == 7);
  }
  SECTION("what is not damage is not counted, and what can be read is") {
    CHECK(client.get("/api/v1/jobs/9999").status == 404);
    CHECK(client.get("/api/v1/events?type=Nonsense").status == 422);
    CHECK(client.get("/api/v1/events?limit=3").data().at("events").size() == 3);
    CHECK(client.get(status).data().at("damaged_reads").at("count") == 1);
  }
  SECTION("verify names it, beside the daemon") {
    const auto report = must(verify(disk.directory()));
    REQUIRE_FALSE(report.problems.empty());
    CHECK_THAT(report.problems[0], ContainsSubstring("event 4") || ContainsSubstring("behind event 3"));
  }
}

TEST_CASE("a program in process sees the same of its reads") {
  DiskLog disk;
  write_damaged(disk, 4, std::nullopt);
  Lines lines;
  ClientOptions options;
  options.directory = disk.directory();
  options.log_line = [&](const std::string& line) { lines.add(line); };
  const auto client = must(Client::open(std::move(options)));
  CHECK(client->damaged_reads().count == 0);
  CHECK(refusal(client->read_events(1)) == ErrorCode::corrupt);
  CHECK(refusal(client->job(4)) == ErrorCode::corrupt);
  CHECK(must(client->read_events(5, 7)).events.size() == 7);
  CHECK(client->damaged_reads().count == 2);
  CHECK(lines.about_reads().size() == 1);
}
