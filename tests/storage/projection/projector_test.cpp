// Which rows the projector reads, and when: what comes of it is the conformance suite's.

#include <breakerd/storage/projection/projector.hpp>

#include "tests/storage/log/log_form.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// Counts the rows of jobs that are asked for.
class CountingView final : public ReadView {
 public:
  explicit CountingView(const ReadView& base) : base_{base} {}

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    if (table == Table::jobs) ++job_rows;
    return base_.get(table, key);
  }
  Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
    return base_.scan(table, from, to, visit);
  }
  Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    return base_.last_key(table, before);
  }

  mutable std::size_t job_rows = 0;  ///< by key: get_many() asks for one after the other here

 private:
  const ReadView& base_;
};

/// A projector over a log of 600 jobs.
class ProjectorStory {
 public:
  ProjectorStory() {
    World world;
    for (int i = 0; i < 600; ++i) world.enqueue();
    Append append;
    append.events = world.told;
    must(try_append(log_, append));
    view_ = must(log_.view());
    counting_.emplace(*view_);
    projector_.emplace(*counting_);
    must(projector_->load());
  }
  /// How many rows that reads.
  std::size_t expect(const std::vector<JobId>& ids) {
    const std::size_t before = counting_->job_rows;
    projector_->read_ahead(ids);
    return counting_->job_rows - before;
  }
  /// How many rows these jobs need that are not cached.
  std::size_t use(JobId first, JobId last) {
    const std::size_t before = counting_->job_rows;
    for (JobId id = first; id <= last; ++id) {
      const JobRow* row = must(projector_->job(id));
      REQUIRE(row != nullptr);
      REQUIRE(row->id == id);
    }
    return counting_->job_rows - before;
  }

 private:
  MemoryLog log_;
  std::unique_ptr<ReadView> view_;
  std::optional<CountingView> counting_;
  std::optional<Projector> projector_;
};

}  // namespace

TEST_CASE("rows of jobs that go on from the last ones are read ahead") {
  ProjectorStory story;
  CHECK(story.expect({2, 1, 3, 2}) == 3 + 256);
  CHECK(story.use(1, 259) == 0);
  CHECK(story.expect({100, 259}) == 0);
  CHECK(story.expect({261, 260, 262}) == 3 + 256);
  CHECK(story.expect({519, 520}) == 600 - 518);  // there are no more
  CHECK(story.use(1, 600) == 0);
}

TEST_CASE("rows of jobs that lie here and there are read, and no others") {
  ProjectorStory story;
  CHECK(story.expect({40, 20, 60}) == 3);
  CHECK(story.expect({64, 68, 72, 76}) == 4);  // in order, with the jobs of other campaigns between them
  CHECK(story.expect({10, 11, 12}) == 3);      // before the last ones
  CHECK(story.expect({599, 600, 601, 700}) == 2);
  CHECK(story.use(10, 12) == 0);
  CHECK(story.use(13, 13) == 1);
}

TEST_CASE("a campaign that fails leaves no ready jobs behind, also when a deadline of one moves in the same commit") {
  const CampaignId spring = campaign_id(1);
  JobSpec brief = *spec(spring);
  brief.expires_at = brief.deadline = at(1'000);
  World world = World{}.add(spring).start(spring).enqueue(spring);
  world.tell(JobEnqueued{2, std::make_shared<const JobSpec>(brief)});
  MemoryLog log;
  Append first;
  first.events = world.told;
  must(try_append(log, first));
  REQUIRE(count_of(log, Table::ready) > 0);
  must(try_append(log, together({CampaignFailed{spring, "bad data", 2}, DeadlinesMoved{at(500), {2}}})));
  CHECK(count_of(log, Table::ready) == 0);
}
