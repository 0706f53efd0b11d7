// Settings of job types: who may set and remove them, and which jobs have them.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/job_types.hpp>

#include "tests/support/results.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const JobTypeRow mail{"mail", {7, at_once(), 60'000, 4}, "slow", "alice", at(1)};

}  // namespace

TEST_CASE("a job has what its type has where it does not say otherwise, field by field") {
  JobSpec spec;
  SECTION("it says nothing") {
    fill_in(spec, &mail);
    CHECK(spec.max_attempts == 7u);
    CHECK(spec.max_expiries == 4u);
    CHECK(spec.timeout_ms == 60'000u);
    CHECK(spec.backoff == mail.settings.backoff);
  }
  SECTION("it says all of it") {
    spec.max_attempts = default_max_attempts;
    spec.max_expiries = 9;
    spec.timeout_ms = 1'000;
    spec.backoff = std::make_shared<const Backoff>();
    const auto own = spec.backoff;
    fill_in(spec, &mail);
    CHECK(spec.max_attempts == default_max_attempts);
    CHECK(spec.max_expiries == 9u);
    CHECK(spec.timeout_ms == 1'000u);
    CHECK(spec.backoff == own);
  }
  SECTION("its type says one thing") {
    const JobTypeRow one{"mail", {{}, nullptr, 5'000, {}}, "x", "alice", at(1)};
    fill_in(spec, &one);
    CHECK(spec.max_attempts == default_max_attempts);
    CHECK(spec.max_expiries == default_max_expiries);
    CHECK(spec.timeout_ms == 5'000u);
    CHECK(spec.backoff == nullptr);
  }
  SECTION("its type has no settings") {
    fill_in(spec, nullptr);
    CHECK(spec.max_attempts == default_max_attempts);
    CHECK(spec.max_expiries == default_max_expiries);
    CHECK_FALSE(spec.timeout_ms);
    CHECK(spec.backoff == nullptr);
  }
}

TEST_CASE("the same settings are set once, whatever the reason, and others replace them as a whole") {
  QueueState queue;
  const SetJobType again{"mail", {7, at_once(), 60'000, 4}, "another reason"};
  const auto first = must(decide(queue, nullptr, again));
  REQUIRE(first);
  CHECK(first->settings == mail.settings);
  CHECK(first->reason == "another reason");
  CHECK_FALSE(must(decide(queue, &mail, again)));
  const auto other = must(decide(queue, &mail, SetJobType{"mail", {{}, nullptr, 60'000, {}}, "x"}));
  REQUIRE(other);
  CHECK_FALSE(other->settings.max_attempts);
  for (const JobTypeSettings& settings :
       {JobTypeSettings{8, at_once(), 60'000, 4}, JobTypeSettings{7, nullptr, 60'000, 4},
        JobTypeSettings{7, std::make_shared<const Backoff>(), 60'000, 4}, JobTypeSettings{7, at_once(), 60'001, 4},
        JobTypeSettings{7, at_once(), 60'000, 5}})
    CHECK(must(decide(queue, &mail, SetJobType{"mail", settings, "x"})));
}

TEST_CASE("there is a bound to the number of job types with settings; those that have some may change") {
  QueueState queue;
  queue.job_types = limits::job_types_max;
  CHECK(error_of(decide(queue, nullptr, SetJobType{"sms", {1, nullptr, {}, {}}, "x"})).code == ErrorCode::limit);
  CHECK(must(decide(queue, &mail, SetJobType{"mail", {1, nullptr, {}, {}}, "x"})));
  World world;
  world.set_job_type(mail);
  world.the_queue.job_types = limits::job_types_max;
  const JobTypeSet another{"sms", {1, nullptr, {}, {}}, "x"};
  CHECK_FALSE(must(evolve_rows(world, another, said(another))));
  const JobTypeSet changed{"mail", {1, nullptr, {}, {}}, "x"};
  CHECK(must(evolve_rows(world, changed, said(changed))));
  --world.the_queue.job_types;
  CHECK(must(evolve_rows(world, another, said(another))));
}

TEST_CASE("settings that are not there cannot be removed") {
  const Error error = error_of(decide(nullptr, RemoveJobType{"sms", "x"}));
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.detail == "job type \"sms\" not found");
  CHECK(must(decide(&mail, RemoveJobType{"mail", "why"})).reason == "why");
}

TEST_CASE("the events are counted, and say who set what and when") {
  World world;
  world.tell(JobTypeSet{"mail", {7, nullptr, {}, {}}, "slow"});
  world.tell(JobTypeSet{"sms", {{}, nullptr, 5'000, {}}, "x"});
  world.tell(JobTypeSet{"mail", {{}, nullptr, {}, 3}, "other"}, "bob");
  CHECK(world.the_queue.job_types == 2);
  CHECK(world.job_types.at("mail") == JobTypeRow{"mail", {{}, nullptr, {}, 3}, "other", "bob", at(3)});
  world.tell(JobTypeRemoved{"mail", "x"});
  CHECK(world.the_queue.job_types == 1);
  CHECK_FALSE(world.job_types.contains("mail"));
}
