#pragma once
// What a worker says: lines for people on err, or with --json one object a line on out. Thread safe.

#include <chrono>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include <breakerd/http/ctl/text/terminal.hpp>
#include <breakerd/http/ctl/work/job_run.hpp>
#include <breakerd/http/ctl/work/reporter.hpp>

namespace breakerd::ctl {

class WorkLog {
 public:
  /// `quiet` leaves out jobs that completed. `terminal` is what `err` is.
  WorkLog(std::ostream& out, std::ostream& err, bool json, bool quiet, Terminal terminal = {})
      : out_{out}, err_{err}, json_{json}, quiet_{quiet}, terminal_{json ? Terminal{} : terminal} {}

  /// For the texts of notes.
  [[nodiscard]] const Terminal& terminal() const { return terminal_; }

  /// Anything but the end of a job; `event` is its name in JSON.
  void write(std::string_view event, std::string_view text);
  void job_end(const LeasedJob& job, const JobEnd& end, const Report& report, std::chrono::milliseconds took);

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool json_;
  bool quiet_;
  Terminal terminal_;
  std::mutex mutex_;
};

}  // namespace breakerd::ctl
