#include "tests/simulation/promises/schedules.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t missed_after_us = 10 * second_us;
/// How late a run may be when nothing is in its way.
constexpr std::int64_t late_longest_us = 5 * second_us;
/// How far a clock may be set back before times come again: of expressions that name hours, and of all others.
constexpr std::int64_t hours_once_us = 180 * minute_us;
constexpr std::int64_t beats_once_us = minute_us;
/// By how much a run by hand may be due later than it was asked for, not to have the time of another one.
constexpr std::int64_t by_hand_longest_us = second_us;
constexpr const char* key_begin = "schedule/";

std::string text(const json& data, const char* member) {
  if (!data.is_object()) return "";
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> time_in(const json& data, const char* member) {
  const std::string written = text(data, member);
  return written.empty() ? std::nullopt : read_time(written);
}

/// One field of a crontab of the kinds that the users know: `*`, `*/n` and a number.
bool fits(const std::string& field, std::int64_t value) {
  if (field == "*") return true;
  const bool is_step = field.rfind("*/", 0) == 0;
  std::int64_t number = 0;
  const char* begin = field.data() + (is_step ? 2 : 0);
  std::from_chars(begin, field.data() + field.size(), number);
  return is_step ? value % number == 0 : value == number;
}

/// The next minute of a crontab that restricts minutes and hours, in UTC.
std::int64_t next_minute(const std::string& cron, std::int64_t after_us) {
  const std::string minutes = cron.substr(0, cron.find(' '));
  const std::string rest = cron.substr(minutes.size() + 1);
  const std::string hours = rest.substr(0, rest.find(' '));
  std::int64_t minute = after_us / minute_us + 1;
  while (!fits(minutes, minute % 60) || !fits(hours, minute / 60 % 24)) ++minute;
  return minute * minute_us;
}

std::int64_t next_time(const json& plan, std::int64_t after_us) {
  const std::string cron = text(plan, "cron");
  if (!cron.empty()) return next_minute(cron, after_us);
  const std::int64_t anchor_us = time_in(plan, "anchor").value_or(0);
  const std::int64_t every_us = 1'000 * plan.value("every_ms", std::int64_t{1});
  std::int64_t past_us = (after_us - anchor_us) % every_us;
  if (past_us < 0) past_us += every_us;
  return after_us + every_us - past_us;
}

/// From which time on the next one is looked for: `now_us`, or a time that has come and does not come again.
std::int64_t time_behind(const json& plan, std::int64_t now_us,
                         std::initializer_list<std::optional<std::int64_t>> come) {
  const std::string cron = text(plan, "cron");
  const auto hours = cron.find(' ') + 1;
  const bool names_hours = !cron.empty() && cron.substr(hours, cron.find(' ', hours) - hours) != "*";
  std::int64_t after_us = now_us;
  for (const auto& one : come)
    if (one && *one - now_us <= (names_hours ? hours_once_us : beats_once_us)) after_us = std::max(after_us, *one);
  return after_us;
}

bool have_same_times(const json& one, const json& other) {
  const auto same = [&](const char* member) { return one.value(member, json()) == other.value(member, json()); };
  return same("cron") && same("time_zone") && same("every_ms");
}

bool takes_no_jobs(const json& plan, const History& history) {
  const auto campaign = history.campaigns().find(text(plan, "campaign"));
  if (campaign == history.campaigns().end()) return false;
  const std::string& status = campaign->second.status;
  return campaign->second.sealed || status == "COMPLETED" || status == "FAILED" || status == "CANCELLED";
}

}  // namespace

bool is_earlier_time(const json& event) {
  return text(event, "type") == "ScheduleResumed" && text(event, "principal") == "breakerd";
}

bool is_of_schedule(const json& event) {
  return text(event, "type") == "JobEnqueued" && text(event["data"], "unique_key").rfind(key_begin, 0) == 0;
}

void Schedules::take(const json& event, const History& history, const JobHolds& holds) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  at_ = "event " + event["seq"].dump() + " " + type + ": ";
  now_us_ = time_in(event, "time").value_or(now_us_);
  if (to_look_at_) {  // as it stands behind the event that has enqueued it
    const auto job = history.jobs().find(*to_look_at_);
    if (job != history.jobs().end() && (history.shown_status(job->second) == "PAUSED" || holds.on(*to_look_at_) > 0))
      complain("before it, job " + std::to_string(*to_look_at_) + " was enqueued by a schedule while it is held");
    to_look_at_.reset();
  }
  if (begun_ && type != "JobEnqueued") complain("a run has begun before it, and its job does not follow");
  if (type == "JobEnqueued") return enqueued(data);
  begun_.reset();
  if (type.rfind("Schedule", 0) != 0) return;
  const auto id = data.value("schedule", std::uint64_t{0});
  if (type == "ScheduleSet") return set(id, data);
  const auto found = schedules_.find(id);
  if (found == schedules_.end()) return complain("there is no such schedule");
  Schedule& schedule = found->second;
  if (type == "ScheduleRan") return ran(schedule, data, history);
  if (type == "ScheduleSkipped") return skipped(schedule, data, history);
  if (type == "ScheduleRemoved") return static_cast<void>(schedules_.erase(found));
  if (is_earlier_time(event)) return comes_earlier(schedule, data);
  if (schedule.paused == (type == "SchedulePaused")) complain("it is so already");
  schedule.paused = type == "SchedulePaused";
  schedule.next_us.reset();
  if (!schedule.paused) expect_next(schedule, data, now_us_);
}

void Schedules::set(std::uint64_t id, const json& data) {
  const bool is_new = id == last_ + 1;
  if (!is_new && schedules_.count(id) == 0) return complain("it is neither there nor the next one");
  last_ = std::max(last_, id);
  Schedule& schedule = schedules_[id];
  const bool has_new_times = is_new || !have_same_times(schedule.plan, data);
  if (!has_new_times && time_in(schedule.plan, "anchor") != time_in(data, "anchor"))
    complain("its times are the same, and count from another one");
  schedule.plan = data;
  for (const auto& [other, one] : schedules_)
    if (other != id && text(one.plan, "name") == text(data, "name"))
      complain("schedule " + std::to_string(other) + " has the same name");
  if (schedule.paused) return;
  const bool is_due = schedule.next_us && *schedule.next_us <= now_us_;
  if (has_new_times && !is_due) return expect_next(schedule, data, now_us_);
  if (time_in(data, "next_at") != schedule.next_us) complain("its next run is another one, and should not be");
}

void Schedules::comes_earlier(Schedule& schedule, const json& data) {
  const auto before_us = schedule.next_us;
  if (schedule.paused || !before_us || *before_us <= now_us_) complain("it has no run that is to come");
  expect_next(schedule, data, now_us_);
  if (before_us && schedule.next_us >= before_us) complain("its next run was to come earlier");
}

void Schedules::expect_next(Schedule& schedule, const json& data, std::int64_t after_us) {
  schedule.next_us = time_in(data, "next_at");
  const std::int64_t expected =
      next_time(schedule.plan,
                time_behind(schedule.plan, after_us,
                            {schedule.last_due_us, schedule.last_us, schedule.skipped_due_us, schedule.skipped_us}));
  if (schedule.next_us != expected)
    complain("its next run is at " + text(data, "next_at") + ", and should be " +
             std::to_string(expected - schedule.next_us.value_or(0)) + " us later");
}

void Schedules::ran(Schedule& schedule, const json& data, const History& history) {
  const bool by_hand = data.value("by_hand", false);
  const auto due_us = time_in(data, "due");
  begun_ = Run{data.value("job", std::uint64_t{0}), key_begin + text(schedule.plan, "name") + "/" + text(data, "due"),
               schedule.plan, by_hand};
  schedule.last_job = begun_->job;
  if (by_hand) {
    if (!due_us || *due_us < now_us_ || *due_us - now_us_ > by_hand_longest_us)
      complain("a run by hand is due when it is asked for");
    if (due_us == schedule.last_due_us || due_us == schedule.next_us) complain("another run has this time");
    if (time_in(data, "next_at") != schedule.next_us) complain("a run by hand changes the next one");
    schedule.last_due_us = due_us;
    schedule.last_us = now_us_;
    return;
  }
  if (schedule.paused || due_us != schedule.next_us) return complain("this run is not due");
  if (now_us_ < *due_us) complain("it begins before it is due");
  if (history.open()) complain("it begins while the circuit is open");
  if (text(schedule.plan, "missed") == "skip" && now_us_ - *due_us > missed_after_us)
    complain("it was missed, and should be skipped");
  expect_next(schedule, data, std::max(now_us_, *due_us));
  schedule.last_due_us = due_us;
  schedule.last_us = now_us_;
}

void Schedules::skipped(Schedule& schedule, const json& data, const History& history) {
  const auto due_us = time_in(data, "due");
  if (schedule.paused || due_us != schedule.next_us) return complain("this run is not due");
  const bool was_missed = text(schedule.plan, "missed") == "skip" && now_us_ - *due_us > missed_after_us;
  const bool is_refused =
      takes_no_jobs(schedule.plan, history) || text(data, "reason").find("unique_key: ") != std::string::npos;
  if (text(data, "reason") == "it was missed" ? !was_missed : !is_refused)
    complain("there is no reason to leave it out: " + text(data, "reason"));
  expect_next(schedule, data, std::max(now_us_, *due_us));
  schedule.skipped_due_us = due_us;
  schedule.skipped_us = now_us_;
}

void Schedules::enqueued(const json& data) {
  const std::string key = text(data, "unique_key");
  const std::optional<Run> run = std::exchange(begun_, std::nullopt);
  if (!run) {
    if (key.rfind(key_begin, 0) == 0) complain("its key is that of a run, and none has begun before it");
    return;
  }
  if (data.value("job", std::uint64_t{0}) != run->job || key != run->key)
    complain("it is not the job of the run before it, " + run->key);
  for (const char* member : {"job_type", "service", "campaign", "payload", "priority"})
    if (data.value(member, json()) != run->plan.value(member, json()))
      complain(std::string{"its "} + member + " is not that of its schedule");
  if (!run->by_hand) to_look_at_ = run->job;
}

void Schedules::compare(const std::vector<json>& shown) const {
  if (shown.size() != schedules_.size())
    return complain_(std::to_string(shown.size()) + " schedules are shown, and " + std::to_string(schedules_.size()) +
                     " are there");
  for (const json& row : shown) {
    const auto found = schedules_.find(row.value("id", std::uint64_t{0}));
    const std::string name = "schedule " + row["id"].dump() + ": ";
    if (found == schedules_.end()) return complain_(name + "it is shown, and not there");
    const Schedule& schedule = found->second;
    if (row.value("paused", false) != schedule.paused || time_in(row, "next_at") != schedule.next_us ||
        text(row, "name") != text(schedule.plan, "name") || text(row, "cron") != text(schedule.plan, "cron") ||
        row.value("/job/job_type"_json_pointer, "") != text(schedule.plan, "job_type") ||
        (schedule.last_job != 0 && row.value("last_job_id", json()) != schedule.last_job))
      complain_(name + "it is shown as " + row.dump() + ", and its last plan is " + schedule.plan.dump());
  }
}

void Schedules::are_on_time(const std::vector<json>& shown, std::int64_t wall_us) const {
  if (wall_us == 0) return;
  for (const json& row : shown) {
    const auto next_us = time_in(row, "next_at");
    const bool may_be_held = !row.value("/job/campaign_id"_json_pointer, json()).is_null();
    if (next_us && !may_be_held && wall_us - *next_us > late_longest_us)
      complain_("schedule " + row["id"].dump() + " should have run " + std::to_string(wall_us - *next_us) +
                " us ago, and nothing is in its way");
  }
}

void Schedules::none_is_far_away(const std::vector<json>& shown, std::int64_t wall_us) const {
  if (wall_us == 0) return;
  for (const json& row : shown) {
    const auto next_us = time_in(row, "next_at");
    if (!next_us) continue;
    const json skipped = row.value("last_skipped", json());
    const std::int64_t after_us = time_behind(
        row, wall_us,
        {time_in(row, "last_due_at"), time_in(row, "last_at"), time_in(skipped, "due_at"), time_in(skipped, "at")});
    const std::string cron = text(row, "cron");
    const std::int64_t last_us =
        cron.empty() ? after_us + 1'000 * row.value("every_ms", std::int64_t{0}) : next_minute(cron, after_us);
    if (*next_us > last_us)
      complain_("schedule " + row["id"].dump() + " should run " + std::to_string(*next_us - last_us) +
                " us before its next run");
  }
}

}  // namespace breakerd::simulation
