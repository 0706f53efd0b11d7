// jobs why, workers.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;

TEST_CASE("jobs why says each condition, and the command that ends it", "[cli][commands]") {
  Desk desk{success(R"({"id":17,"status":"PAUSED","runnable":false,"conditions":[
    {"kind":"circuit","detail":"the circuit is open, epoch 3: 429","since":"2026-11-28T22:00:00.000000Z","by":"local:al\tice","ends_by":"close","epoch":3},
    {"kind":"hold","detail":"its campaign is held: slow","ends_by":"resume-campaigns-for-service","service":"apollo","campaign_id":"c"},
    {"kind":"hold","detail":"its campaign is held: 429","ends_by":"resume-queue","campaign_id":"c"},
    {"kind":"campaign","detail":"its campaign is paused","ends_by":"resume","campaign_id":"c"},
    {"kind":"retry","detail":"a delay","until":"2026-11-28T22:10:00.000000Z","ends_by":"time"},
    {"kind":"after","detail":"of a later daemon","ends_by":"its parents"},
    {"kind":"lane","detail":"3 ready jobs","ends_by":"leases"}]})")};
  const Run run = desk({"jobs", "why", "17"});
  CHECK(run.code == 0);
  CHECK(run.out ==
        "job 17 is PAUSED, and this stands between it and a worker:\n"
        "  circuit   the circuit is open, epoch 3: 429\n"
        "    since    2026-11-28T22:00:00.000000Z\n"
        "    by       local:al\\tice\n"
        "    ends by  breakerctl close --epoch 3 --reason TEXT\n"
        "  hold      its campaign is held: slow\n"
        "    ends by  breakerctl service resume apollo, or breakerctl resume-queue\n"
        "  hold      its campaign is held: 429\n"
        "    ends by  breakerctl resume-queue\n"
        "  campaign  its campaign is paused\n"
        "    ends by  breakerctl campaign resume c\n"
        "  retry     a delay\n"
        "    until    2026-11-28T22:10:00.000000Z\n"
        "    ends by  its time comes\n"
        "  after     of a later daemon\n"
        "    ends by  its parents\n"
        "  lane      3 ready jobs\n"
        "    ends by  workers lease those jobs\n");
  CHECK(desk.last().target == "/api/v1/jobs/17/why");
}

TEST_CASE("jobs why says that a job can be had, that it is worked on, and that it has ended", "[cli][commands]") {
  Desk ready{success(R"({"id":1,"status":"PENDING","runnable":true,"conditions":[]})")};
  CHECK(ready({"jobs", "why", "1"}).out == "job 1 is PENDING: a worker that asks for its type can have it now\n");
  Desk leased{success(R"({"id":1,"status":"PROCESSING","runnable":false,"conditions":[
    {"kind":"lease","detail":"a worker is at attempt 1 of 3","by":"w","ends_by":"worker"}]})")};
  CHECK(leased({"jobs", "why", "1"}).out ==
        "job 1 is PROCESSING, and this stands between it and a worker:\n"
        "  lease     a worker is at attempt 1 of 3\n"
        "    by       w\n"
        "    ends by  its worker reports, or its lease ends\n");
  Desk failed{success(R"({"id":1,"status":"FAILED","runnable":false,"conditions":[
    {"kind":"ended","detail":"it is FAILED after 3 of 3 attempts","ends_by":"retry"}]})")};
  CHECK(failed({"jobs", "why", "1"}).out ==
        "job 1 is FAILED\n"
        "  ended     it is FAILED after 3 of 3 attempts\n"
        "    ends by  breakerctl jobs retry 1\n");
  Desk done{success(R"({"id":1,"status":"COMPLETED","runnable":false,"conditions":[
    {"kind":"ended","detail":"it is COMPLETED","ends_by":null}]})")};
  CHECK(done({"jobs", "why", "1"}).out == "job 1 is COMPLETED\n  ended     it is COMPLETED\n");
  CHECK(done({"jobs", "why", "x"}).code == 2);
}

TEST_CASE("workers are a table, and with --json a line each", "[cli][commands]") {
  Desk desk{success(R"({"workers":[
    {"worker":"w-1","in_flight":12,"since":"2026-11-28T22:00:00Z","last_heard_at":"2026-11-28T22:01:00Z","waiting_leases":0,"jobs":[{"id":4},{"id":7}]},
    {"worker":"w-2","in_flight":0,"since":null,"last_heard_at":"2026-11-28T22:01:30Z","waiting_leases":2,"jobs":[]}],
    "next_cursor":null})")};
  CHECK(desk({"workers"}).out ==
        "WORKER  HOLDS  WAITS  SINCE                 LAST HEARD OF         JOBS\n"
        "w-1     12     0      2026-11-28T22:00:00Z  2026-11-28T22:01:00Z  4, 7 and 10 more\n"
        "w-2     0      2      -                     2026-11-28T22:01:30Z  -\n");
  const Run lines = desk({"--json", "workers"});
  CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == 2);
  CHECK(lines.out.starts_with(R"({"worker":"w-1","in_flight":12,)"));
}
