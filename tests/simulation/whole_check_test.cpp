// The dear checks find what they are for.

#include "tests/simulation/whole_check.hpp"

#include "tests/support/append.hpp"
#include "tests/support/memory_log.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace breakerd::simulation;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The rows of a log with campaigns, leases, a parked job and an outage, which a test changes.
class Rows {
 public:
  Rows() {
    MemoryLog log;
    const CampaignId spring = campaign_id(1);
    wrote(log, {created(spring), CampaignStarted{spring, 1}, enqueued(1), enqueued(2, spring), enqueued(3, spring)});
    wrote(log, {leased(1), leased(2, spring)});
    JobSpec with_key = *spec();
    with_key.unique_key = "mail/ada";
    wrote(log, {enqueued(4), JobEnqueued{5, std::make_shared<const JobSpec>(with_key), {}}});
    wrote(log, {leased(4), leased(5)});
    wrote(log, {JobFailed{4, {}, 1, "it broke", "bug", false, true},
                JobAttemptFailed{5, {}, 1, "it broke", "", 500, at(9)}});
    wrote(log, {JobCommandStarted{1, JobCommandKind::retry, {}, "mended", 1, 5}});
    PlanAction parks;
    parks.verb = PlanVerb::park;
    parks.campaign = spring;
    wrote(log, {JobCommandStarted{2, JobCommandKind::plan, {}, "late", 0, 5, {parks}}});
    wrote(log, {JobCommandAdvanced{2, 3, 1, 0, 1}, JobParked{3, spring, 2}, enqueued(6, spring)});
    Append named = together({completed(1)});
    named.operation = operation_id(7);
    must(try_append(log, named));
    wrote(log, {JobTypeSet{"mail", {3, nullptr, {}, {}}, "x"}, scheduled(1)});
    wrote(log, {opened(1), QueuePaused{1, 1}, circuit_hold(2)});
    const auto view = must(log.view());
    for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i)
      must(view->scan(static_cast<Table>(i), {}, {}, [&](std::string_view key, std::string_view value) {
        tables[static_cast<Table>(i)].emplace(key, value);
        return true;
      }));
  }

  MemoryTables tables;

  [[nodiscard]] std::vector<std::string> whole() const { return check_whole(MemoryView{tables}); }
  [[nodiscard]] std::vector<std::string> rebuild() const { return check_rebuild(MemoryView{tables}); }
};

}  // namespace

TEST_CASE("nothing is wrong with a whole log, or with an empty one") {
  const Rows rows;
  CHECK(rows.whole() == std::vector<std::string>{});
  CHECK(rows.rebuild() == std::vector<std::string>{});
  MemoryLog empty;
  CHECK(check_whole(*must(empty.view())) == std::vector<std::string>{});
  CHECK(check_rebuild(*must(empty.view())) == std::vector<std::string>{});
}

TEST_CASE("a row of any table that is not what the events add up to is found") {
  for (int i = static_cast<int>(first_table) + 1; i <= static_cast<int>(last_table); ++i) {
    const auto table = static_cast<Table>(i);
    if (is_record(table)) continue;
    INFO(to_string(table));
    const std::size_t count = Rows{}.tables[table].size();
    CHECK((count > 0 || table == Table::single_ready || table == Table::single_leases ||
           table == Table::single_campaign || table == Table::open_lanes || table == Table::leases));
    for (std::size_t n = 0; n < count; ++n) {
      Rows changed;
      Rows missing;
      const auto at = std::next(changed.tables[table].begin(), static_cast<std::ptrdiff_t>(n));
      if (table == Table::meta && at->first == meta_key::head) continue;
      INFO(at->first);
      missing.tables[table].erase(at->first);
      at->second += '!';
      CHECK_FALSE(changed.whole().empty());
      CHECK_FALSE(changed.rebuild().empty());
      CHECK_FALSE(missing.whole().empty());
      CHECK_FALSE(missing.rebuild().empty());
    }
    Rows more;
    more.tables[table].emplace("zz", "");
    CHECK_FALSE(more.whole().empty());
    CHECK_FALSE(more.rebuild().empty());
  }
}

TEST_CASE("a payload that is changed, missing or of no event is found") {
  Rows rows;
  auto& payloads = rows.tables[Table::payloads];
  REQUIRE_FALSE(payloads.empty());
  SECTION("changed") { payloads.begin()->second.back() ^= 1; }
  SECTION("missing") { payloads.clear(); }
  SECTION("of no event") { payloads.emplace(number_key(12), std::string(17, 'x')); }
  CHECK_THAT(rows.whole().front(), ContainsSubstring("the payload of event"));
}

TEST_CASE("an event that is changed, missing or does not fit, and rows that end elsewhere, are found") {
  Rows rows;
  auto& events = rows.tables[Table::events];
  SECTION("changed") {
    events.at(number_key(3)).back() ^= 1;
    CHECK_THAT(rows.whole().front(), ContainsSubstring("event 3"));
    CHECK_THAT(rows.rebuild().front(), ContainsSubstring("does not chain"));
  }
  SECTION("missing") {
    events.erase(number_key(3));
    CHECK_THAT(rows.whole().front(), ContainsSubstring("event 3 is missing"));
  }
  SECTION("the end is missing") {
    const std::string last = events.rbegin()->first;
    events.erase(last);
    CHECK_FALSE(rows.whole().empty());
  }
  SECTION("the rows end elsewhere") {
    rows.tables[Table::meta][std::string{meta_key::head}] = encode(HeadRow{});
    CHECK_THAT(rows.whole().front(), ContainsSubstring("the projection ends at event 0, the log at event"));
  }
}

TEST_CASE("all events of a log are read, or it is said which one cannot be") {
  Rows rows;
  const MemoryView view{rows.tables};
  CHECK(must(read_all_events(view)).size() == 24);
  const auto some = must(read_all_events(view, 19));
  REQUIRE(some.size() == 6);
  CHECK(type_name(some.front().data) == "JobCompleted");
  rows.tables[Table::events].erase(number_key(20));
  CHECK_THAT(error_of(read_all_events(view)).detail, ContainsSubstring("event 20"));
}
