// What every form of the log promises (storage/log/event_log.hpp). A new form joins by a class in log_form.hpp.

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/model/hex.hpp>
#include <breakerd/storage/tables/stored_event.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/storage/log/log_form.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class Form>
class LogFixture {
 protected:
  Form form;
  std::unique_ptr<EventLog> log = form.make();

  [[nodiscard]] std::unique_ptr<ReadView> view() const { return must(log->view()); }
  [[nodiscard]] std::vector<EventView> events() const { return must(read_events(*view(), 1, 1000, {})).events; }

  /// Events chain from the beginning to the head.
  void require_chain() const {
    Position at;
    for (const auto& [key, row] : rows_of(*view(), Table::events)) {
      const auto event = must(split_event(row));
      REQUIRE(read_big_endian(key) == at.seq + 1);
      REQUIRE(event.hash == chain(at.hash, at.seq + 1, event.body));
      at = {at.seq + 1, event.hash};
    }
    REQUIRE(at == log->head());
  }

  /// An outage: opening, pause and hold, as the breaker appends them.
  Appended open_circuit(Epoch epoch, Ordinal hold) {
    return wrote(*log, {opened(epoch), QueuePaused{epoch, 0}, circuit_hold(hold)});
  }
};

}  // namespace

#define FORMS RocksForm, MemoryForm, SimulatedForm

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a new log is empty and readable", "[log]", FORMS) {
  CHECK(this->log->head() == Position{});
  CHECK_FALSE(this->log->fault_pending());
  CHECK(this->events().empty());
  CHECK(must(read_events(*this->view(), 1, 10, {})).next == 1);
  const StatusView status = must(read_status(*this->view()));
  CHECK(status.breaker.state == CircuitState::closed);
  CHECK(status.last_seq == 0);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "events get dense seqs from 1 and chain", "[log]", FORMS) {
  const Appended first = wrote(*this->log, {enqueued(1), enqueued(2)});
  CHECK(first.first == 1);
  CHECK(first.last == 2);
  const Appended second = wrote(*this->log, {leased(1)});
  CHECK(second.first == 3);
  CHECK(second.last == 3);
  CHECK(this->log->head().seq == 3);
  this->require_chain();
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "an event comes back as it was appended", "[log]", FORMS) {
  Append outage = together({opened(1), QueuePaused{1, 0}, circuit_hold(1)});
  outage.events[0].cause = 0;
  outage.events[1].cause_index = 0;
  outage.events[2].cause_index = 0;
  outage.events[2].principal = "bob";
  outage.events[2].time = at(7);
  wrote(*this->log, {enqueued(1)});
  must(try_append(*this->log, outage));
  const auto events = this->events();
  REQUIRE(events.size() == 4);
  CHECK(events[1].cause == 0);
  CHECK(events[2].cause == 2);
  CHECK(events[3].cause == 2);
  CHECK(events[3].principal == "bob");
  CHECK(events[3].time == at(7));
  CHECK(events[3].type == "HoldPlaced");
  CHECK(events[3].stream == "queue");
  CHECK(events[0].stream == "job-1");
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a payload and a result are beside their events, and come back with them",
                          "[log]", FORMS) {
  JobSpec spec;
  spec.job_type = "mail";
  spec.payload = R"({"to":"zoe"})";
  JobEnqueued first{1, std::make_shared<const JobSpec>(spec), {}};
  first.payload.salt.fill(7);
  spec.payload.clear();
  const JobEnqueued bare{2, std::make_shared<const JobSpec>(spec), {}};
  wrote(*this->log, {first, bare, leased(1), JobCompleted{1, {}, R"({"sent":true})", {}}});
  const auto view = must(this->log->view());
  const std::string salt(16, '\7');
  const auto payloads = rows_of(*view, Table::payloads);
  REQUIRE(payloads.size() == 2);
  CHECK(payloads.front() == std::pair{number_key(1), salt + first.spec->payload});
  CHECK(payloads.back() == std::pair{number_key(4), std::string(16, '\0') + R"({"sent":true})"});
  for (const auto& [key, row] : rows_of(*view, Table::events)) CHECK_THAT(row, !ContainsSubstring("zoe"));

  const JobView job = must(read_job(*view, 1));
  CHECK(job.spec->payload == first.spec->payload);
  CHECK(job.result == R"({"sent":true})");
  const auto events = must(read_events(*view, 1, 10, {})).events;
  CHECK_THAT(events.at(0).data, ContainsSubstring(R"("payload":{"to":"zoe"},"payload_bytes":12,"payload_sha256":")" +
                                                  to_hex(sha256(salt + first.spec->payload)) + '"'));
  CHECK_THAT(events.at(1).data, ContainsSubstring(R"("payload":null,"payload_bytes":null,"payload_sha256":null)"));
  CHECK_THAT(events.at(3).data, ContainsSubstring(R"("result":{"sent":true},"result_bytes":13,)"));
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "appends of one commit get their own answers, in order", "[log]", FORMS) {
  std::vector<Append> appends{together({enqueued(1)}), together({}), together({enqueued(2), enqueued(3)})};
  const auto answers = must(this->log->append(appends));
  REQUIRE(answers.size() == 3);
  CHECK(must(answers[0]).last == 1);
  CHECK(must(answers[1]).first == 2);
  CHECK(must(answers[1]).last == 1);
  CHECK(must(answers[2]).first == 2);
  CHECK(must(answers[2]).last == 3);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "an append without events changes nothing", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  const Position before = this->log->head();
  wrote(*this->log, {});
  CHECK(this->log->head() == before);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a fenced append is refused while the circuit is open", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  this->open_circuit(1, 1);
  for (const Epoch decided_in : {Epoch{0}, Epoch{1}}) {
    Append late = together({leased(1)});
    late.preconditions.emplace_back(ClosedIn{decided_in});
    CHECK(refusal(try_append(*this->log, late)) == ErrorCode::conflict);
  }
  CHECK(this->log->head().seq == 4);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a fenced append of an earlier epoch is refused after the close", "[log]",
                          FORMS) {
  wrote(*this->log, {enqueued(1)});
  this->open_circuit(1, 1);
  wrote(*this->log, {closed(1), QueueResumed{1, 1}});
  Append stale = together({leased(1)});
  stale.preconditions.emplace_back(ClosedIn{0});
  CHECK(refusal(try_append(*this->log, stale)) == ErrorCode::conflict);
  Append current = together({leased(1)});
  current.preconditions.emplace_back(ClosedIn{1});
  CHECK(must(try_append(*this->log, current)).last == 7);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "an opening earlier in the same commit stops a fenced append", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  std::vector<Append> appends{together({opened(1), QueuePaused{1, 1}, circuit_hold(1)}), together({leased(1)}),
                              together({enqueued(2)})};
  appends[1].preconditions.emplace_back(ClosedIn{0});
  const auto answers = must(this->log->append(appends));
  CHECK(must(answers[0]).last == 4);
  CHECK(refusal(answers[1]) == ErrorCode::conflict);
  CHECK(must(answers[2]).first == 5);
  this->require_chain();
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a campaign's version is checked", "[log]", FORMS) {
  const CampaignId id = campaign_id(1);
  Append creation = together({created(id)});
  creation.preconditions.emplace_back(CampaignAt{id, 0});
  must(try_append(*this->log, creation));
  CHECK(refusal(try_append(*this->log, creation)) == ErrorCode::conflict);

  Append start = together({CampaignStarted{id, 1}});
  start.preconditions = {CampaignAt{id, 2}};
  CHECK(refusal(try_append(*this->log, start)) == ErrorCode::conflict);
  start.preconditions = {CampaignAt{id, 1}};
  must(try_append(*this->log, start));
  CHECK(must(read_campaign(*this->view(), id)).lane.version == 2);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "events that do not fit are refused and do not hurt their neighbours", "[log]",
                          FORMS) {
  std::vector<Append> appends{together({enqueued(1)}), together({enqueued(2), leased(77)}),
                              together({enqueued(2), leased(2)}), together({closed(1)}), together({enqueued(3)})};
  const auto answers = must(this->log->append(appends));
  CHECK(must(answers[0]).last == 1);
  CHECK(refusal(answers[1]) == ErrorCode::misfit);
  CHECK(must(answers[2]).first == 2);
  CHECK(must(answers[2]).last == 3);
  CHECK(refusal(answers[3]) == ErrorCode::misfit);
  CHECK(must(answers[4]).first == 4);
  this->require_chain();
  CHECK(count_of(*this->log, Table::jobs) == 3);
  CHECK(jobs_in(*this->log, Table::ready) == std::vector<JobId>{1, 3});
  CHECK(jobs_in(*this->log, Table::leases) == std::vector<JobId>{2});
  CHECK_FALSE(this->log->fault_pending());
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a commit of nothing but refusals writes nothing and goes on", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  CHECK(refusal(try_append(*this->log, together({leased(9)}))) == ErrorCode::misfit);
  CHECK(this->log->head().seq == 1);
  wrote(*this->log, {leased(1)});
  this->require_chain();
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a view is a snapshot", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  auto before = this->view();
  wrote(*this->log, {leased(1), enqueued(2)});
  CHECK(must(read_events(*before, 1, 10, {})).events.size() == 1);
  CHECK(must(read_job(*before, 1)).status == JobStatus::pending);
  CHECK(refusal(read_job(*before, 2)) == ErrorCode::not_found);
  before.reset();
  CHECK(must(read_job(*this->view(), 1)).status == JobStatus::processing);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "the watcher hears of every commit, and of nothing else", "[log]", FORMS) {
  std::vector<Seq> heard;
  this->log->watch([&](Seq last) { heard.push_back(last); });
  wrote(*this->log, {enqueued(1), enqueued(2)});
  CHECK(refusal(try_append(*this->log, together({leased(9)}))) == ErrorCode::misfit);
  wrote(*this->log, {leased(1)});
  this->form.fail_next_commit(*this->log);
  CHECK(refusal(try_append(*this->log, together({enqueued(3)}))) == ErrorCode::outcome_unknown);
  CHECK(heard == std::vector<Seq>{2, 3});
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "scans respect both ends and the visitor's no", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1), enqueued(2), enqueued(3), enqueued(4)});
  const auto view = this->view();
  std::vector<JobId> seen;
  const auto note = [&](std::string_view key, std::string_view) { return seen.push_back(read_big_endian(key)), true; };
  must(view->scan(Table::jobs, number_key(2), number_key(4), note));
  CHECK(seen == std::vector<JobId>{2, 3});
  seen.clear();
  must(view->scan(Table::jobs, number_key(3), {}, note));
  CHECK(seen == std::vector<JobId>{3, 4});
  seen.clear();
  must(view->scan(Table::jobs, {}, {}, [&](std::string_view key, std::string_view) {
    seen.push_back(read_big_endian(key));
    return seen.size() < 2;
  }));
  CHECK(seen == std::vector<JobId>{1, 2});
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "many rows are read as each of them is", "[log]", FORMS) {
  const std::vector<std::string> keys{number_key(3), number_key(9), number_key(1), number_key(2), number_key(1)};
  const auto check = [&keys](const ReadView& view) {
    for (const Table table : {Table::jobs, Table::events, Table::ready}) {
      const auto rows = must(view.get_many(table, keys));
      REQUIRE(rows.size() == keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) CHECK(rows[i] == must(view.get(table, keys[i])));
    }
    CHECK(must(view.get_many(Table::jobs, {})).empty());
    return must(view.get_many(Table::jobs, keys))[3];
  };
  wrote(*this->log, {enqueued(1), enqueued(2), enqueued(3)});
  auto view = this->view();
  wrote(*this->log, {leased(2)});
  const auto before = check(*view);
  view.reset();
  CHECK(check(*this->view()) != before);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "the last key of a table stays within it", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1), enqueued(2), enqueued(3)});
  const auto view = this->view();
  CHECK(must(view->last_key(Table::jobs, {})) == number_key(3));
  CHECK(must(view->last_key(Table::jobs, number_key(3))) == number_key(2));
  CHECK(must(view->last_key(Table::jobs, number_key(1))) == std::nullopt);
  CHECK(must(view->last_key(Table::events, {})) == number_key(3));
  CHECK(must(view->last_key(Table::leases, {})) == std::nullopt);
  CHECK(must(view->last_key(Table::control, {})) == std::nullopt);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "campaigns end with their jobs, one after the other", "[log]", FORMS) {
  JobId job = 0;
  for (std::uint8_t number = 1; number <= 100; ++number) {
    const CampaignId campaign = campaign_id(number);
    wrote(*this->log, {created(campaign), CampaignStarted{campaign, number}});
    wrote(*this->log, {enqueued(job + 1, campaign), enqueued(job + 2, campaign), enqueued(job + 3)});
    wrote(*this->log, {leased(job + 1, campaign)});
    wrote(*this->log, {CampaignCancelled{campaign, "not needed", 2}});
    job += 3;
    REQUIRE(jobs_in(*this->log, Table::ready).size() == number);
    REQUIRE(count_of(*this->log, Table::leases) == 0);
  }
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "of a campaign cut in the commit in which it got jobs, no index is left", "[log]",
                          FORMS) {
  const CampaignId campaign = campaign_id(1);
  wrote(*this->log, {created(campaign), CampaignStarted{campaign, 1}, enqueued(1, campaign), enqueued(2)});
  wrote(*this->log,
        {enqueued(3, campaign), leased(1, campaign), enqueued(4), CampaignCancelled{campaign, "enough", 3}});
  CHECK(jobs_in(*this->log, Table::ready) == std::vector<JobId>{2, 4});
  CHECK(jobs_in(*this->log, Table::leases).empty());
  CHECK(jobs_in(*this->log, Table::campaign_jobs) == std::vector<JobId>{1, 3});
  wrote(*this->log, {leased(4)});
  CHECK(jobs_in(*this->log, Table::ready) == std::vector<JobId>{2});
  CHECK(jobs_in(*this->log, Table::leases) == std::vector<JobId>{4});
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "of a failed append nothing is visible and nothing more is taken", "[log]",
                          FORMS) {
  wrote(*this->log, {enqueued(1)});
  const Position before = this->log->head();
  this->form.fail_next_commit(*this->log);
  CHECK(refusal(try_append(*this->log, together({enqueued(2), enqueued(3)}))) == ErrorCode::outcome_unknown);
  CHECK(this->log->head() == before);
  CHECK(this->events().size() == 1);
  CHECK(count_of(*this->log, Table::jobs) == 1);
  CHECK(this->log->fault_pending());
  CHECK(refusal(try_append(*this->log, together({enqueued(2)}))) == ErrorCode::unavailable);
  CHECK(refusal(try_append(*this->log, together({}))) == ErrorCode::unavailable);
  CHECK(must(read_job(*this->view(), 1)).status == JobStatus::pending);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a reopened log goes on behind what is there", "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  this->form.fail_next_commit(*this->log);
  CHECK(refusal(try_append(*this->log, together({enqueued(2), leased(2)}))) == ErrorCode::outcome_unknown);
  must(this->log->reopen());
  CHECK(this->log->fault_pending());
  // All of it or nothing of it.
  const JobId last = must(read_status(*this->view())).last_job;
  CHECK((this->log->head().seq == 1 || this->log->head().seq == 3));
  CHECK(last == (this->log->head().seq == 1 ? 1 : 2));
  wrote(*this->log, {enqueued(last + 1)});
  this->require_chain();
  must(this->log->clear_fault());
  CHECK_FALSE(this->log->fault_pending());
  must(this->log->mark_fault());
  CHECK(this->log->fault_pending());
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "a repeated operation is answered as the first was, and nothing is appended",
                          "[log]", FORMS) {
  wrote(*this->log, {enqueued(1)});
  Append first = together({enqueued(2), leased(2)});
  first.operation = operation_id(7);
  CHECK_FALSE(must(try_append(*this->log, first)).was_repeated);
  wrote(*this->log, {enqueued(3)});
  const Position before = this->log->head();

  Append again = together({enqueued(4)});
  again.operation = operation_id(7);
  again.preconditions.emplace_back(CampaignAt{campaign_id(1), 5});  // which does not hold
  const Appended answer = must(try_append(*this->log, again));
  CHECK(answer.was_repeated);
  CHECK(answer.first == 2);
  CHECK(answer.last == 3);
  CHECK(this->log->head() == before);
  this->require_chain();
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "an operation that is repeated in the same commit is appended once", "[log]",
                          FORMS) {
  std::vector<Append> appends{together({enqueued(1)}), together({enqueued(1)}), together({enqueued(2)})};
  appends[0].operation = appends[1].operation = operation_id(7);
  const auto answers = must(this->log->append(appends));
  CHECK_FALSE(must(answers[0]).was_repeated);
  CHECK(must(answers[1]).was_repeated);
  CHECK(must(answers[1]).first == 1);
  CHECK(must(answers[2]).first == 2);
  CHECK(this->log->head().seq == 2);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "an operation that was refused is no repeated one", "[log]", FORMS) {
  Append refused = together({enqueued(1)});
  refused.operation = operation_id(7);
  refused.preconditions.emplace_back(ClosedIn{5});
  CHECK(refusal(try_append(*this->log, refused)) == ErrorCode::conflict);
  refused.preconditions = {ClosedIn{0}};
  CHECK_FALSE(must(try_append(*this->log, refused)).was_repeated);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "whatever became of a failed append, repeated it is in the log once", "[log]",
                          FORMS) {
  wrote(*this->log, {enqueued(1)});
  this->form.fail_next_commit(*this->log);
  Append append = together({enqueued(2)});
  append.operation = operation_id(7);
  CHECK(refusal(try_append(*this->log, append)) == ErrorCode::outcome_unknown);
  must(this->log->reopen());
  const bool was_kept = this->log->head().seq == 2;
  const Appended answer = must(try_append(*this->log, append));
  CHECK(answer.was_repeated == was_kept);
  CHECK(answer.first == 2);
  CHECK(must(try_append(*this->log, append)).was_repeated);
  CHECK(this->log->head().seq == 2);
}

TEMPLATE_TEST_CASE_METHOD(LogFixture, "the last operations are remembered, and no more", "[log]", FORMS) {
  constexpr std::uint64_t in_a_commit = 1'000;
  JobId job = 0;
  while (job < operations_kept + 1) {
    std::vector<Append> appends;
    while (appends.size() < in_a_commit && job < operations_kept + 1) {
      appends.push_back(together({enqueued(++job)}));
      appends.back().operation = operation_id(job);
    }
    must(this->log->append(appends));
  }
  CHECK(count_of(*this->log, Table::operations) == operations_kept);
  CHECK(count_of(*this->log, Table::operation_order) == operations_kept);
  Append second = together({enqueued(job + 1)});
  second.operation = operation_id(2);
  CHECK(must(try_append(*this->log, second)).first == 2);
  Append first = together({enqueued(job + 1)});
  first.operation = operation_id(1);
  CHECK_FALSE(must(try_append(*this->log, first)).was_repeated);
}
