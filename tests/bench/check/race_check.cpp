// The race's judge, played against a server that keeps the promise and one that breaks it.
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "tests/bench/load/race.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::load;

namespace {

// Answers one call at a time, oldest first, like a server with one thread.
class Table {
 public:
  Table(std::uint64_t lessees, std::uint64_t tries, std::function<bool(bool open)> grants)
      : race_(1), grants_(std::move(grants)) {
    race_.lessees = lessees;
    race_.tries = tries;
    seats_.push_back(Seat{*this, std::make_unique<OpenerScript>(race_)});
    for (std::uint64_t i = 0; i < lessees; ++i) seats_.push_back(Seat{*this, std::make_unique<LesseeScript>(race_)});
  }

  const Race& play() {
    for (Seat& seat : seats_) seat.script->begin(seat);
    while (!seats_.front().stopped) {
      if (waking_) wake();
      if (asked_.empty()) break;
      answer(asked_.front());
    }
    return race_;
  }

 private:
  struct Seat final : Sink {
    Seat(Table& at, std::unique_ptr<Script> plays) : table(at), script(std::move(plays)) {}
    void send(const Request& request) override {
      ++outstanding;
      table.asked_.push_back({this, request.call});
    }
    void count(std::uint64_t) override {}
    void stop() override { stopped = true; }
    void wake_all() override { table.waking_ = true; }

    Table& table;
    std::unique_ptr<Script> script;
    std::size_t outstanding = 0;
    bool stopped = false;
  };

  struct Asked {
    Seat* seat;
    Call call;
  };

  void wake() {
    waking_ = false;
    for (Seat& seat : seats_) {
      if (seat.outstanding == 0) seat.script->begin(seat);
    }
  }

  void answer(Asked asked) {
    asked_.pop_front();
    Reply reply;
    reply.reset(asked.call);
    if (asked.call == Call::open) open_ = true;
    if (asked.call == Call::close) open_ = false;
    if (asked.call == Call::lease && grants_(open_)) reply.jobs.push_back({"1", "t"});
    --asked.seat->outstanding;
    asked.seat->script->answered(reply, *asked.seat);
    if (asked.seat->outstanding == 0) asked.seat->script->begin(*asked.seat);
  }

  Race race_;
  std::function<bool(bool)> grants_;
  std::deque<Seat> seats_;
  std::deque<Asked> asked_;
  bool open_ = false;
  bool waking_ = false;
};

}  // namespace

TEST_CASE("a server that stops leasing with the opening has no late leases") {
  Table table(8, 50, [](bool open) { return !open; });
  const Race& race = table.play();
  CHECK(race.tries_done == 50);
  CHECK(race.leases_checked == std::uint64_t{50} * 8 * race.checks_per_lessee);
  CHECK(race.leases_granted > 0);
  CHECK(race.leases_granted_after_open == 0);
}

TEST_CASE("one lease after an opening is found") {
  int while_open = 0;
  Table table(8, 50, [&](bool open) { return !open || ++while_open == 100; });
  const Race& race = table.play();
  CHECK(race.tries_done == 50);
  CHECK(race.leases_granted_after_open == 1);
}
