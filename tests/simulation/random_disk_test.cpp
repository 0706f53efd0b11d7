// Random stories of appends, failing disks and dying processes, against what a log promises: nothing acknowledged is
// missing after a start, nothing is shown before its append has returned, and what was in doubt is there whole or not
// at all.

#include <deque>
#include <set>

#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/simulation/chance.hpp"
#include "tests/simulation/log_on_disk.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/whole.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace breakerd::simulation;

namespace {

class DiskStory final : public DiskFaults {
 public:
  explicit DiskStory(std::uint64_t seed) : chance_{seed} { start(); }

  void step() {
    const std::uint64_t draw = chance_.below(100);
    if (draw < 85)
      append();
    else if (draw < 95)
      disk_.write_head();
    else if (draw < 98)
      die();
    else
      stop();
  }
  void finish() {
    is_calm_ = true;
    stop();
    check_shown();
    const auto view = must(log_->view());
    CHECK(check_whole(*view) == std::vector<std::string>{});
    CHECK(check_rebuild(*view) == std::vector<std::string>{});
  }

  // What happened in all, so that a story in which nothing did is found.
  int kept = 0;
  int lost = 0;
  int deaths_in_sync = 0;
  int failed_reopens = 0;
  int failed_commits = 0;
  std::size_t events() const { return acknowledged_.size(); }

  CommitEnd next_commit(Seq) override {
    if (is_calm_ || !chance_.per_mille(80)) return CommitEnd::synced;
    return chance_.pick(std::vector{CommitEnd::full, CommitEnd::sync_kept, CommitEnd::sync_lost});
  }
  void while_syncing() override {
    check_shown();
    if (chance_.per_mille(200)) disk_.write_head();
    if (chance_.per_mille(30)) ++deaths_in_sync, disk_.crash(some_end());
  }
  ReopenEnd next_reopen() override {
    if (is_calm_) return ReopenEnd::done;
    return chance_.pick(std::vector{ReopenEnd::done, ReopenEnd::at_the_probe, ReopenEnd::at_the_log});
  }
  bool head_fails() override { return !is_calm_ && is_open_ && chance_.per_mille(20); }

 private:
  CrashEnd some_end() { return chance_.pick(std::vector{CrashEnd::kept, CrashEnd::lost, CrashEnd::torn}); }

  void append() {
    std::vector<Append> appends(1 + chance_.below(3));
    std::vector<std::string> texts;
    for (Append& one : appends) {
      const std::uint64_t count = 1 + chance_.below(4);
      for (std::uint64_t i = 0; i < count; ++i) one.events.push_back(said(next_event()));
      for (Event& event : one.events) {
        if (const auto payload = payload_of(event.data); payload.ref != nullptr) refer_to(payload.bytes, *payload.ref);
        texts.push_back(whole(event.data));
      }
    }
    const auto answers = log_->append(appends);
    if (answers) {
      for (const auto& answer : *answers) must(answer);
      acknowledged_.insert(acknowledged_.end(), texts.begin(), texts.end());
      return check_shown();
    }
    ++failed_commits;
    in_doubt_ = std::move(texts);
    recover();
  }

  EventData next_event() {
    if (!leased_.empty() && chance_.per_mille(300)) {
      const JobId job = leased_.front();
      leased_.pop_front();
      return completed(job);
    }
    if (!waiting_.empty() && chance_.per_mille(400)) {
      const JobId job = waiting_.front();
      waiting_.pop_front();
      leased_.push_back(job);
      return leased(job);
    }
    waiting_.push_back(++last_job_);
    return enqueued(last_job_);
  }

  /// After an append that failed: what it had is there now or not.
  void recover() {
    while (!log_->is_dead() && !log_->reopen()) {
      ++failed_reopens;
      if (log_->view()) check_shown();
      if (chance_.per_mille(200)) die();
      if (in_doubt_.empty()) return;
    }
    if (log_->is_dead()) return start();
    CHECK(log_->fault_pending());
    settle_doubt();
  }
  void die() {
    disk_.crash(some_end());
    start();
  }
  void stop() {
    is_open_ = false;
    log_.reset();
    start();
  }
  void start() {
    is_open_ = false;  // HEAD is made by the first start, which may not fail here
    log_ = must(SimulatedLog::open(disk_));
    is_open_ = true;
    settle_doubt();
  }

  void settle_doubt() {
    const bool is_there = log_->head().seq > acknowledged_.size();
    if (!in_doubt_.empty()) ++(is_there ? kept : lost);
    if (is_there) acknowledged_.insert(acknowledged_.end(), in_doubt_.begin(), in_doubt_.end());
    in_doubt_.clear();
    check_shown();
    for (const std::string& problem : check_whole(*must(log_->view()))) FAIL_CHECK(problem);
    remember_jobs();
  }

  /// What is shown is what was acknowledged, neither more nor less.
  void check_shown() const {
    REQUIRE(log_->head().seq == acknowledged_.size());
    const auto view = must(log_->view());
    REQUIRE(must(read_status(*view)).last_seq == acknowledged_.size());
    const Seq from = acknowledged_.size() > 20 ? acknowledged_.size() - 20 : 1;
    const auto events = must(read_all_events(*view, from));
    REQUIRE(events.size() == acknowledged_.size() + 1 - from);
    for (std::size_t i = 0; i < events.size(); ++i) REQUIRE(whole(events[i].data) == acknowledged_[from - 1 + i]);
  }

  void remember_jobs() {
    waiting_.clear();
    leased_.clear();
    const auto view = must(log_->view());
    last_job_ = must(read_status(*view)).last_job;
    std::set<JobId> waiting;
    std::set<JobId> in_lease;
    for (const Event& event : must(read_all_events(*view))) {
      const JobId job = stream_of(event.data).job;
      if (std::holds_alternative<JobEnqueued>(event.data)) waiting.insert(job);
      if (std::holds_alternative<JobLeased>(event.data)) waiting.erase(job), in_lease.insert(job);
      if (std::holds_alternative<JobCompleted>(event.data)) in_lease.erase(job);
    }
    waiting_.assign(waiting.begin(), waiting.end());
    leased_.assign(in_lease.begin(), in_lease.end());
  }

  Chance chance_;
  bool is_calm_ = false;
  bool is_open_ = false;
  SimulatedDisk disk_{*this};
  std::unique_ptr<SimulatedLog> log_;
  std::vector<std::string> acknowledged_;  ///< the whole text of each event
  std::vector<std::string> in_doubt_;      ///< of the commit whose outcome is unknown
  JobId last_job_ = 0;
  std::deque<JobId> waiting_;
  std::deque<JobId> leased_;
};

}  // namespace

TEST_CASE("random stories: a simulated disk keeps all that was acknowledged and shows nothing else") {
  int kept = 0;
  int lost = 0;
  int deaths_in_sync = 0;
  int failed_reopens = 0;
  Chance seeds{test_seed()};
  for (int n = 0; n < 40; ++n) {
    const std::uint64_t seed = seeds.next();
    INFO("story " << n);
    DiskStory story{seed};
    for (int i = 0; i < 200; ++i) story.step();
    story.finish();
    kept += story.kept;
    lost += story.lost;
    deaths_in_sync += story.deaths_in_sync;
    failed_reopens += story.failed_reopens;
  }
  CHECK(kept > 0);
  CHECK(lost > 0);
  CHECK(deaths_in_sync > 0);
  CHECK(failed_reopens > 0);
}

TEST_CASE("random stories: the same seed leaves the same disk") {
  const std::uint64_t seed = test_seed();
  const auto run = [seed] {
    DiskStory story{seed};
    for (int i = 0; i < 300; ++i) story.step();
    return std::vector<std::size_t>{story.events(), static_cast<std::size_t>(story.kept),
                                    static_cast<std::size_t>(story.lost),
                                    static_cast<std::size_t>(story.failed_commits)};
  };
  CHECK(run() == run());
}
