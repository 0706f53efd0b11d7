#include <breakerd/http/ctl/work/job_run.hpp>

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::chrono::milliseconds heartbeat_retry_most{1'000};
constexpr std::chrono::milliseconds heartbeat_timeout_least{250};

const char* signal_name(int signal) {
  const char* name = ::sigdescr_np(signal);
  return name == nullptr ? "unknown" : name;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// A running command and its lease.
class JobRun {
 public:
  JobRun(const LeasedJob& job, const WorkOptions& options, LeaseApi& api, const StopRequest& stop)
      : job_{job}, options_{options}, api_{api}, stop_{stop} {}

  JobEnd run(Child& child) {
    for (;;) {
      if (child.pump(wake_time(), stop_seen_ ? -1 : stop_.fd())) break;
      stop_seen_ = stop_seen_ || stop_.requested();
      const SteadyTime now = api_.clock().steady();
      if (!cut_ && stop_seen_ && now >= stop_.deadline()) {
        cut(child, JobEndKind::released, "stopped: the worker ends");
      } else if (now >= next_beat_) {
        beat(child);
      }
    }
    auto end = judge(child.finish(), options_);
    // A command that was told to die has not finished, whatever it says: an exit of 0 on SIGTERM is common.
    if (cut_) end = JobEnd{*cut_, "", "", "", "", "", why_};
    end.known_epoch = known_epoch_;
    return end;
  }

 private:
  [[nodiscard]] std::chrono::milliseconds third() const { return std::chrono::milliseconds{options_.ask.lease_ms} / 3; }

  [[nodiscard]] SteadyTime wake_time() const {
    // Of a command that dies the child's own kill time is the bound.
    return cut_ ? next_beat_ : std::min(next_beat_, stop_.deadline());
  }

  void cut(Child& child, JobEndKind kind, std::string why) {
    if (!cut_) {
      child.stop(options_.term_grace);
      kill_at_ = api_.clock().steady() + options_.term_grace;
    }
    cut_ = kind;
    why_ = std::move(why);
  }

  /// An answer that does not come must not hold up the kill.
  [[nodiscard]] std::chrono::milliseconds beat_timeout() const {
    const auto most = std::max(third(), heartbeat_timeout_least);
    if (!cut_) return most;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(kill_at_ - api_.clock().steady());
    return std::clamp(left, std::chrono::milliseconds{10}, most);
  }

  /// Goes on while a command that was told to stop takes its time to die: until it is gone nobody else may run its job.
  void beat(Child& child) {
    // A stop that is requested meanwhile must not wait for the daemon either.
    const auto cut_time = [this] { return cut_ ? SteadyTime::max() : stop_.deadline(); };
    const auto beat = api_.heartbeat(job_, beat_timeout(), cut_time);
    next_beat_ = api_.clock().steady() + third();
    if (beat) {
      known_epoch_ = beat->known_epoch;
      if (beat->stop && !cut_) cut(child, JobEndKind::released, "stopped: the daemon says stop");
      return;
    }
    const auto& error = beat.error();
    if (error.status == 404 || error.status == 409) {
      cut(child, JobEndKind::lost, "the lease is lost: " + error.detail);
      next_beat_ = SteadyTime::max();
    } else {
      // Nobody there, or no use of it now: the command goes on. After a restart every lease gets a full period.
      next_beat_ = api_.clock().steady() + std::min(third(), heartbeat_retry_most);
    }
  }

  const LeasedJob& job_;
  const WorkOptions& options_;
  LeaseApi& api_;
  const StopRequest& stop_;
  SteadyTime next_beat_ = api_.clock().steady() + third();
  SteadyTime kill_at_ = SteadyTime::max();
  std::uint64_t known_epoch_ = job_.known_epoch;
  bool stop_seen_ = false;
  std::optional<JobEndKind> cut_;
  std::string why_;
};

JobEnd judge_success(ChildEnd& end) {
  JobEnd verdict{JobEndKind::completed};
  const bool whole = end.out_bytes <= end.out.size();
  auto text = whole ? trimmed(std::move(end.out)) : std::move(end.out);
  if (text.empty()) return verdict;
  const auto kept = json_string_prefix(text, limits::result_bytes_max);
  verdict.plain_result = json_string(std::string_view{text}.substr(0, kept));
  if (kept < end.out_bytes)
    verdict.plain_note = fmt::format("its output of {} bytes was cut to {}", end.out_bytes, kept);
  const bool keeps_form = whole && is_json(text, json_depth_max - 1);
  verdict.result = keeps_form ? compact(text) : verdict.plain_result;
  if (!keeps_form) verdict.note = verdict.plain_note;
  return verdict;
}

}  // namespace

JobEnd judge(ChildEnd end, const WorkOptions& options) {
  if (end.signal == 0 && end.exit_code == 0) return judge_success(end);
  JobEnd verdict{JobEndKind::failed};
  verdict.note = end.signal != 0 ? fmt::format("killed by signal {} ({})", end.signal, signal_name(end.signal))
                                 : fmt::format("exit code {}", end.exit_code);
  verdict.error_type = end.signal != 0 ? fmt::format("signal_{}", end.signal) : fmt::format("exit_{}", end.exit_code);
  // Cut behind the repair, which makes it longer: what is recorded must be what was sent (reporter.hpp).
  verdict.error = utf8_suffix(to_utf8(trimmed(std::move(end.err_tail))), error_tail_bytes_max);
  if (verdict.error.empty()) verdict.error = verdict.note;
  const bool blamed = end.signal == 0 && options.service_failure_codes.contains(end.exit_code);
  if (blamed && !options.service.empty()) verdict.service = options.service;
  return verdict;
}

std::vector<std::string> job_environment(const LeasedJob& job, const WorkOptions& options, const Address& address) {
  const std::pair<const char*, std::string> ours[] = {
      {"BREAKERD_JOB_ID", std::to_string(job.id)},
      {"BREAKERD_JOB_TYPE", job.job_type},
      {"BREAKERD_JOB_NAME", job.name},
      {"BREAKERD_CAMPAIGN_ID", job.campaign_id},
      {"BREAKERD_ATTEMPT", std::to_string(job.attempt)},
      {"BREAKERD_SERVICE", job.service.empty() ? options.service : job.service},
      {"BREAKERD_LEASE_TOKEN", job.token},
      {"BREAKERD_ADDRESS", address.to_string()},
  };
  std::vector<std::string> environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto name = text.substr(0, text.find('='));
    const bool replaced =
        std::any_of(std::begin(ours), std::end(ours), [&](const auto& own) { return name == own.first; });
    if (!replaced) environment.emplace_back(text);
  }
  for (const auto& [name, value] : ours) environment.push_back(std::string{name} + "=" + value);
  return environment;
}

JobEnd run_job(const LeasedJob& job, const WorkOptions& options, LeaseApi& api, const StopRequest& stop,
               ChildGroups& groups) {
  if (stop.requested()) return JobEnd{JobEndKind::released, "", "", "", "", "", "not started: the worker ends"};
  const ChildCommand command{options.program, options.words, job_environment(job, options, api.address()),
                             job.payload + "\n"};
  auto child = Child::start(command, groups, api.clock());
  if (!child) {
    JobEnd end{JobEndKind::released, "", "", "", "", "", child.error().detail};
    end.worker_broken = true;
    return end;
  }
  return JobRun{job, options, api, stop}.run(*child);
}

}  // namespace breakerd::ctl
