// How long a rebuild of the projection takes: prints one JSON line, with the processor time of all threads beside the
// time on the clock. Usage: rebuild_bench DIR [ROUNDS], of a daemon that is not running; or
// rebuild_bench --fill backlog|flow|pending JOBS DIR, which makes the log: jobs are enqueued, leased and completed, a
// thousand in a commit; all enqueued first (backlog), each thousand after the other (flow), or only enqueued (pending).
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <breakerd/storage/offline/rebuild.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>
#include "tests/support/story.hpp"

namespace {

using namespace breakerd;

constexpr JobId jobs_per_commit = 1'000;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Of all threads, in user and system mode.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

[[noreturn]] void fail(const Error& error) {
  fmt::print(stderr, "rebuild_bench: {}\n", error.detail);
  std::exit(1);
}

/// One commit: an append for each of the jobs.
template <class EventOf>
void append_each(EventLog& log, JobId first, const EventOf& make) {
  std::vector<Append> appends(jobs_per_commit);
  for (JobId i = 0; i < jobs_per_commit; ++i) appends[i].events.push_back(test::said(make(first + i)));
  const auto answers = log.append(appends);
  if (!answers) fail(answers.error());
  for (const auto& answer : *answers)
    if (!answer) fail(answer.error());
}

void enqueue(EventLog& log, JobId first) {
  append_each(log, first, [](JobId job) { return test::enqueued(job); });
}

void lease_and_complete(EventLog& log, JobId first) {
  append_each(log, first, [](JobId job) { return test::leased(job); });
  append_each(log, first, [](JobId job) { return test::completed(job); });
}

void fill(std::string_view shape, JobId jobs, const char* directory) {
  RocksLogOptions options;
  options.directory = directory;
  const auto log = open_rocks_log(std::move(options));
  if (!log) fail(log.error());
  for (JobId first = 1; first <= jobs; first += jobs_per_commit) {
    enqueue(**log, first);
    if (shape == "flow") lease_and_complete(**log, first);
  }
  for (JobId first = 1; first <= jobs && shape == "backlog"; first += jobs_per_commit) lease_and_complete(**log, first);
}

int measure(const char* directory, int rounds) {
  std::vector<double> times;
  std::vector<double> processor;
  Seq events = 0;
  for (int i = 0; i < rounds; ++i) {
    const double before = processor_seconds();
    const auto rebuilt = rebuild(directory);
    if (!rebuilt) fail(rebuilt.error());
    processor.push_back(processor_seconds() - before);
    times.push_back(rebuilt->took.count());
    events = rebuilt->end.seq;
  }
  const auto median = [](std::vector<double>& of) {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double took = median(times);
  fmt::print(
      "{{\"mode\":\"rebuild\",\"events\":{},\"rounds\":{},\"rebuild_s\":{:.3f},\"fastest_s\":{:.3f},\"cpu_s\":{:.3f},"
      "\"events_per_s\":{:.0f},\"peak_mib\":{:.0f}}}\n",
      events, rounds, took, times.front(), median(processor), static_cast<double>(events) / took,
      static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> given(argv + 1, argv + argc);
  if (given.size() == 4 && given[0] == "--fill") {
    fill(given[1], std::strtoull(argv[3], nullptr, 10), argv[4]);
    return 0;
  }
  if (given.empty() || given.size() > 2 || given[0].starts_with("-")) {
    fmt::print(stderr, "usage: rebuild_bench DIR [ROUNDS] | rebuild_bench --fill backlog|flow|pending JOBS DIR\n");
    return 2;
  }
  return measure(argv[1], given.size() == 2 ? std::max(1, std::atoi(argv[2])) : 3);
}
