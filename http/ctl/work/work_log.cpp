#include <breakerd/http/ctl/work/work_log.hpp>

#include <fmt/format.h>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

std::string_view outcome(const JobEnd& end, const Report& report) {
  if (end.kind == JobEndKind::lost || report.heard == Heard::lost) return "lost";
  if (report.undelivered()) return "unreported";
  switch (end.kind) {
    case JobEndKind::completed:
      return "completed";
    case JobEndKind::failed:
      return end.service.empty() ? "failed" : "service_failure";
    case JobEndKind::released:
      return "released";
    case JobEndKind::lost:
      return "lost";
  }
  return "lost";
}

}  // namespace

void WorkLog::write(std::string_view event, std::string_view text) {
  const std::lock_guard lock{mutex_};
  if (json_) {
    out_ << Json{{"event", event}, {"text", to_utf8(text)}}.dump() << '\n' << std::flush;
  } else {
    err_ << "breakerctl work: " << printable(text) << '\n' << std::flush;
  }
}

void WorkLog::job_end(const LeasedJob& job, const JobEnd& end, const Report& report, std::chrono::milliseconds took) {
  const auto what = outcome(end, report);
  const std::lock_guard lock{mutex_};
  if (json_) {
    Json line{
        {"event", "job_end"}, {"job_id", job.id}, {"outcome", what}, {"attempt", job.attempt}, {"ms", took.count()}};
    if (!end.error_type.empty()) line["error_type"] = end.error_type;
    if (!end.service.empty()) line["service"] = end.service;
    if (!end.note.empty()) line["note"] = to_utf8(end.note);
    if (!report.note.empty()) line["report"] = to_utf8(report.note);
    auto text = line.dump();
    // As it would have been sent: its digits are not to go through a tree.
    if (report.undelivered() && !end.result.empty()) text.insert(text.size() - 1, ",\"result\":" + end.result);
    out_ << text << '\n' << std::flush;
    return;
  }
  if (quiet_ && what == "completed" && end.note.empty() && report.note.empty()) return;
  auto text = fmt::format("job {} {} after {} ms", job.id, what, took.count());
  if (!end.service.empty()) text += " of " + end.service;
  for (const auto& part : {end.note, report.note}) {
    if (!part.empty()) text += ": " + part;
  }
  if (report.undelivered() && !end.result.empty()) text += "; its result was " + end.result;
  err_ << printable(text) << '\n' << std::flush;
}

}  // namespace breakerd::ctl
