// Bounds and normal forms of commands (events/rules/validate.hpp).

#include <breakerd/events/rules/validate.hpp>

#include <functional>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

std::string refused(Command command) {
  const auto result = validate(command);
  if (result) return {};
  std::string names;
  for (const FieldError& error : result.error().fields) {
    CHECK(!error.expected.empty());
    names += (names.empty() ? "" : " ") + error.field;
  }
  return names;
}

JobSpec good_spec() {
  JobSpec spec;
  spec.job_type = "enrich";
  return spec;
}

EnqueueJob enqueue(const std::function<void(JobSpec&)>& change) {
  EnqueueJob command{good_spec()};
  change(command.spec);
  return command;
}

std::string chars(std::size_t count, const char* one = "x") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += one;
  return text;
}

}  // namespace

TEST_CASE("a failure whose reporter names no type of error is of the type unknown") {
  Command report{RecordFailure{"boom", "", "apollo", 0, {}}};
  REQUIRE(validate(report).has_value());
  CHECK(std::get<RecordFailure>(report).error_type == "unknown");
  Command job_failed{FailJob{1, "t", "boom", "", ""}};
  REQUIRE(validate(job_failed).has_value());
  CHECK(std::get<FailJob>(job_failed).error_type == "unknown");
  CHECK(recordable(RecordFailure{"boom", "", "no such label!", 0, {}}).error_type == "unknown");
  Command named{RecordFailure{"boom", "http", "apollo", 0, {}}};
  REQUIRE(validate(named).has_value());
  CHECK(std::get<RecordFailure>(named).error_type == "http");
}

TEST_CASE("service names") {
  for (const char* good : {"a", "0", "apollo", "a.b_c-d", "9lives"}) CHECK(is_service_name(good));
  for (const char* bad : {"", ".a", "-a", "_a", "A", "a b", "a/b", "\xC3\xA9"}) CHECK_FALSE(is_service_name(bad));
  CHECK(is_service_name(chars(64)));
  CHECK_FALSE(is_service_name(chars(65)));
}

TEST_CASE("service names are folded to lower case") {
  Command command{OpenCircuit{"why", "Apollo"}};
  REQUIRE(validate(command).has_value());
  CHECK(std::get<OpenCircuit>(command).service == "apollo");
}

TEST_CASE("a job is checked in all its parts, and all bad ones are named") {
  CHECK(refused(enqueue([](JobSpec&) {})).empty());
  CHECK(refused(enqueue([](JobSpec& s) { s.job_type = ""; })) == "job_type");
  CHECK(refused(enqueue([](JobSpec& s) { s.job_type = chars(limits::job_type_bytes_max); })).empty());
  CHECK(refused(enqueue([](JobSpec& s) { s.job_type = chars(limits::job_type_bytes_max + 1); })) == "job_type");
  CHECK(refused(enqueue([](JobSpec& s) { s.job_type = "a\nb"; })) == "job_type");
  CHECK(refused(enqueue([](JobSpec& s) { s.job_type = "a\xFF"; })) == "job_type");
  CHECK(refused(enqueue([](JobSpec& s) { s.max_attempts = 0; })) == "max_attempts");
  CHECK(refused(enqueue([](JobSpec& s) { s.max_attempts = limits::max_attempts_max + 1; })) == "max_attempts");
  CHECK(refused(enqueue([](JobSpec& s) { s.max_expiries = 0; })) == "max_expiries");
  CHECK(refused(enqueue([](JobSpec& s) { s.max_expiries = limits::max_expiries_max + 1; })) == "max_expiries");
  CHECK(refused(enqueue([](JobSpec& s) { s.max_expiries = limits::max_expiries_max; })).empty());
  CHECK(refused(enqueue([](JobSpec& s) { s.priority = -101; })) == "priority");
  CHECK(refused(enqueue([](JobSpec& s) { s.priority = 101; })) == "priority");
  CHECK(refused(enqueue([](JobSpec& s) { s.priority = -100; })).empty());
  CHECK(refused(enqueue([](JobSpec& s) { s.unique_key = std::string(256, 'k'); })) == "unique_key");
  CHECK(refused(enqueue([](JobSpec& s) { s.unique_key = "a\nb"; })) == "unique_key");
  CHECK(refused(enqueue([](JobSpec& s) { s.unique_for_ms = 1; })) == "unique_key");
  CHECK(refused(enqueue([](JobSpec& s) { s.on_conflict = OnConflict::existing; })) == "unique_key");
  const auto keyed = [](std::uint64_t for_ms) {
    return enqueue([for_ms](JobSpec& s) {
      s.unique_key = "ada";
      s.unique_for_ms = for_ms;
    });
  };
  CHECK(refused(keyed(366ull * 24 * 60 * 60 * 1000 + 1)) == "unique.for_ms");
  CHECK(refused(keyed(366ull * 24 * 60 * 60 * 1000)).empty());
  CHECK(refused(enqueue([](JobSpec& s) { s.run_at = Time{Duration{-1}}; })) == "run_at");
  CHECK(refused(enqueue([](JobSpec& s) { s.run_at = Time::max(); })) == "run_at");
  CHECK(refused(enqueue([](JobSpec& s) { s.delay_ms = limits::delay_ms_max + 1; })) == "delay_ms");
  CHECK(refused(enqueue([](JobSpec& s) { s.delay_ms = limits::delay_ms_max; })).empty());
  CHECK(refused(enqueue([](JobSpec& s) {
          s.delay_ms = 1;
          s.run_at = Time{Duration{1}};
        })) == "delay_ms");
  CHECK(refused(enqueue([](JobSpec& s) {
          s.job_type = "";
          s.name = chars(limits::name_bytes_max + 1);
          s.description = chars(limits::description_bytes_max + 1);
          s.service = "a b";
          s.max_attempts = 0;
        })) == "job_type name description service max_attempts");
}

TEST_CASE("a payload over its bytes is a limit, not a wrong value") {
  Command command{enqueue([](JobSpec& s) { s.payload = chars(limits::payload_bytes_max + 1); })};
  const auto result = validate(command);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::limit);
  CHECK(result.error().fields.at(0).field == "payload");
}

TEST_CASE("a batch names its jobs by index") {
  EnqueueJobs batch{std::vector<JobSpec>(20, good_spec())};
  batch.specs[17].job_type = "";
  batch.specs[18].max_attempts = 0;
  CHECK(refused(batch) == "[17].job_type [18].max_attempts");
  CHECK(refused(EnqueueJobs{}) == "jobs");
  CHECK(refused(EnqueueJobs{std::vector<JobSpec>(limits::batch_jobs_max + 1, good_spec())}) == "jobs");
}

TEST_CASE("leases") {
  const auto lease = [](std::string worker, std::uint32_t max, std::uint32_t ms) {
    return LeaseJobs{std::move(worker), max, ms, {}};
  };
  CHECK(refused(lease("w", 1, limits::lease_ms_min)).empty());
  CHECK(refused(lease("", 0, 0)) == "worker max lease_ms");
  CHECK(refused(lease("w", limits::lease_jobs_max + 1, limits::lease_ms_max + 1)) == "max lease_ms");
  LeaseJobs types = lease("w", 1, 1'000);
  types.job_types = {"a", "", "b"};
  CHECK(refused(types) == "job_types[1]");
  types.job_types.assign(limits::lease_types_max + 1, "a");
  CHECK(refused(types) == "job_types");
}

TEST_CASE("heartbeats") {
  CHECK(refused(Heartbeat{1, "token", limits::heartbeat_wait_ms_max}).empty());
  CHECK(refused(Heartbeat{1, "token", limits::heartbeat_wait_ms_max + 1}) == "wait_ms");
}

TEST_CASE("tokens are not looked at") {
  CHECK(refused(Heartbeat{1, "anything at all"}).empty());
  CHECK(refused(CompleteJob{1, "", ""}).empty());
  CHECK(refused(ReleaseJob{1, chars(10'000)}).empty());
}

TEST_CASE("a failure's text is cut, never refused") {
  RecordFailure report;
  report.error = chars(limits::error_bytes_max, "\xC3\xA9");
  report.error_type = chars(1'000);
  Command command{report};
  REQUIRE(validate(command).has_value());
  const auto& kept = std::get<RecordFailure>(command);
  CHECK(kept.error.size() == limits::error_bytes_max);
  CHECK(is_utf8(kept.error));
  CHECK(kept.error_type.size() == limits::error_type_bytes_max);
  CHECK(refused(RecordFailure{}) == "error");
}

TEST_CASE("a failure's bytes are made UTF-8") {
  std::string text =
      "a\xFF"
      "b\xC3";
  clip_text(text, 100);
  CHECK(text ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
  std::string cut = "ab\xE2\x82\xAC";
  clip_text(cut, 4);
  CHECK(cut == "ab");
}

TEST_CASE("campaign names are counted in characters") {
  CHECK(refused(CreateCampaign{chars(255, "\xC3\xA9"), "", ""}).empty());
  CHECK(refused(CreateCampaign{chars(256, "\xC3\xA9"), "", ""}) == "name");
  CHECK(refused(CreateCampaign{"", "", ""}) == "name");
  CHECK(refused(CreateCampaign{"a\tb", "", ""}) == "name");
  UpdateCampaign update;
  CHECK(refused(ChangeCampaign{{}, update}).empty());
  update.name = "";
  update.description = chars(limits::description_bytes_max + 1);
  CHECK(refused(ChangeCampaign{{}, update}) == "name description");
}

TEST_CASE("a reason that was not given is recorded as such") {
  Command close{CloseCircuit{}};
  REQUIRE(validate(close).has_value());
  CHECK(std::get<CloseCircuit>(close).reason == "no reason given");
  Command resume{ResumeQueue{}};
  REQUIRE(validate(resume).has_value());
  CHECK(std::get<ResumeQueue>(resume).reason == "no reason given");
  Command pause{ChangeCampaign{{}, PauseCampaign{}}};
  REQUIRE(validate(pause).has_value());
  CHECK(std::get<PauseCampaign>(std::get<ChangeCampaign>(pause).action).reason == "no reason given");
  CHECK(refused(CloseCircuit{chars(limits::reason_bytes_max + 1), {}}) == "reason");
}
