#include <breakerd/http/ctl/work/reporter.hpp>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <breakerd/http/ctl/client/backoff.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::chrono::milliseconds report_first{100};
constexpr std::chrono::milliseconds report_most{3'000};
constexpr int attempts_per_lease = 8;

bool outcome_is_unknown(const CliError& error) {
  return error.kind == ErrorKind::no_answer || error.code == "outcome_unknown" ||
         (error.status >= 500 && error.status != 503);
}

bool is_about_content(const CliError& error) {
  return error.status == 400 || error.status == 413 || error.status == 422;
}

bool is_about_job(const CliError& error) { return error.status == 404 || error.status == 409; }

/// What may be otherwise the next time: finished work is not dropped for it. Anything that says nothing of the job or
/// the report is one, so also a refusal to let the worker in.
bool passes(const CliError& error) { return !is_about_job(error) && !is_about_content(error); }

class Reporter {
 public:
  Reporter(const LeasedJob& job, const JobEnd& end, LeaseApi& api)
      : job_{job}, end_{end}, api_{api}, result_{end.result} {}

  /// One attempt; nullopt when another one is to be made.
  std::optional<Report> attempt() {
    if (answer_lost_ && blames_service()) {
      const auto heard = was_heard();
      if (!heard) return error_ = heard.error(), std::nullopt;
      if (*heard) return Report{Heard::yes, "reported; the first answer was lost"};
    }
    const auto reply = send();
    if (reply) return Report{Heard::yes, note_};
    error_ = reply.error();
    if (passes(error_)) {
      answer_lost_ = answer_lost_ || outcome_is_unknown(error_);
      return std::nullopt;
    }
    if (error_.status == 409) return conflict();
    if (is_about_job(error_)) return Report{Heard::lost, error_.detail};
    if (!simplify()) return Report{Heard::rejected, error_.detail, exit_code(error_)};
    again_at_once_ = true;
    return std::nullopt;
  }

  [[nodiscard]] const CliError& last_error() const { return error_; }
  [[nodiscard]] bool again_at_once() { return std::exchange(again_at_once_, false); }

 private:
  [[nodiscard]] bool blames_service() const {
    return end_.kind == JobEndKind::failed && !end_.service.empty() && !release_instead_;
  }

  /// Whether a report of a service failure whose answer got lost was heard; false also when nobody can tell. An error
  /// is one that passes.
  [[nodiscard]] CliResult<bool> was_heard() {
    // The report and the end of the lease are one commit: while the lease lives, it was not heard.
    const auto beat = api_.heartbeat(job_, {});
    if (beat) return false;
    if (passes(beat.error())) return beat.error();
    const auto trace = api_.trace(job_);
    if (!trace) return passes(trace.error()) ? CliResult<bool>{trace.error()} : CliResult<bool>{false};
    if (trace->epoch <= end_.known_epoch) return false;
    const bool in_circuit = trace->circuit_job == job_.id && trace->circuit_error == end_.error;
    return in_circuit || trace->job_error == end_.error;
  }

  CliResult<Reply> send() {
    if (end_.kind == JobEndKind::completed) return api_.complete(job_, result_);
    if (end_.kind == JobEndKind::failed && !release_instead_)
      return api_.fail(job_, end_.error, end_.error_type, end_.service);
    return api_.release(job_);
  }

  Report conflict() const {
    if (answer_lost_ && agrees(error_.job_status)) return {Heard::yes, "reported; the first answer was lost"};
    const auto status = error_.job_status.empty() ? std::string{} : " (the job is " + error_.job_status + ")";
    return {Heard::lost, error_.detail + status};
  }

  /// Whether the job's status is one that a report of ours, heard and not answered, leads to.
  [[nodiscard]] bool agrees(const std::string& status) const {
    if (end_.kind == JobEndKind::completed) return status == "COMPLETED";
    // A failed or released job waits again, or may be running elsewhere already; out of attempts it is FAILED.
    if (end_.kind == JobEndKind::failed) return status != "COMPLETED" && status != "CANCELLED";
    return status != "CANCELLED";
  }

  /// Takes back what may have been refused; false when there is nothing left to take.
  bool simplify() {
    const auto why = ": " + error_.detail;
    if (end_.kind == JobEndKind::completed && !end_.result.empty()) {
      const bool as_string = end_.result != end_.plain_result && end_.result == result_;
      if (result_.empty()) return false;
      result_ = as_string ? end_.plain_result : std::string{};
      note_ =
          (as_string ? "its result was refused and is kept as a string" : "its result was refused and is left out") +
          why;
      if (as_string && !end_.plain_note.empty()) note_ += "; " + end_.plain_note;
      return true;
    }
    if (end_.kind == JobEndKind::failed && !release_instead_) {
      release_instead_ = true;
      note_ = "its failure was refused, and it was released" + why;
      return true;
    }
    return false;
  }

  const LeasedJob& job_;
  const JobEnd& end_;
  LeaseApi& api_;
  std::string result_;
  std::string note_;
  CliError error_;
  bool answer_lost_ = false;
  bool release_instead_ = false;
  bool again_at_once_ = false;
};

}  // namespace

std::chrono::milliseconds longest_report_pause(std::uint64_t lease_ms) {
  const std::chrono::milliseconds share{static_cast<std::chrono::milliseconds::rep>(lease_ms) / attempts_per_lease};
  return std::clamp(share, std::chrono::milliseconds{10}, report_most);
}

Report report_end(const LeasedJob& job, const JobEnd& end, LeaseApi& api, const StopRequest& stop,
                  const std::function<void(const std::string&)>& trouble) {
  Reporter reporter{job, end, api};
  const auto most = longest_report_pause(job.lease_ms);
  Backoff backoff{std::min(report_first, most), most, api.randomness()};
  for (bool told = false;;) {
    if (auto report = reporter.attempt()) return *report;
    if (reporter.again_at_once()) continue;
    if (!std::exchange(told, true)) trouble(reporter.last_error().detail);
    const auto pause = backoff.next();
    if (!stop.requested()) {
      // Woken by a stop, the next attempt comes sooner; that one is bounded by the deadline below.
      stop.wait_for(pause);
      continue;
    }
    if (api.clock().steady() + pause >= stop.deadline() + report_grace)
      return {Heard::given_up, reporter.last_error().detail, exit_code(reporter.last_error())};
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace breakerd::ctl
