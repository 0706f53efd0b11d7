// kill -9 of a process that appends: whatever it was told is durable is there afterwards.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>

#include "tests/storage/rocks/disk_log.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;

extern char** environ;

namespace {

constexpr const char* child_variable = "BREAKERD_TEST_APPEND_IN";

/// The child's whole life: append, tell standard output the acknowledged seq, again. Two jobs and a lease each time, so
/// that a commit that is kept in part would be seen.
[[noreturn]] void append_for_ever(const char* directory) {
  RocksLogOptions options;
  options.directory = directory;
  auto log = open_rocks_log(std::move(options));
  if (!log) _exit(3);
  auto view = (*log)->view();
  if (!view) _exit(4);
  auto status = read_status(**view);
  if (!status) _exit(5);
  view->reset();
  for (JobId next = status->last_job + 1;; next += 2) {
    Append append = together({enqueued(next), enqueued(next + 1), leased(next)});
    auto answers = (*log)->append({&append, 1});
    if (!answers || !answers->front()) _exit(6);
    const Seq acknowledged = answers->front()->last;
    if (::write(STDOUT_FILENO, &acknowledged, sizeof acknowledged) != sizeof acknowledged) _exit(7);
  }
}

/// The test program started again with that variable is the child, and never gets to its main().
const bool is_parent = [] {
  if (const char* directory = std::getenv(child_variable)) append_for_ever(directory);
  return true;
}();

/// Starts the child with its standard output in a pipe; gives the pipe's end.
int start_child(const std::filesystem::path& directory, pid_t& child) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  REQUIRE(::posix_spawn_file_actions_init(&actions) == 0);
  REQUIRE(::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) == 0);
  std::string variable = std::string{child_variable} + "=" + directory.string();
  std::vector<char*> environment{variable.data()};
  for (char** at = environ; *at != nullptr; ++at) environment.push_back(*at);
  environment.push_back(nullptr);
  char name[] = "test_storage";
  char* arguments[] = {name, nullptr};
  REQUIRE(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environment.data()) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  return ends[0];
}

/// The next acknowledged seq; 0 at the pipe's end.
Seq next_acknowledged(int pipe) {
  Seq seq = 0;
  ssize_t got = 0;
  do {
    got = ::read(pipe, &seq, sizeof seq);
  } while (got < 0 && errno == EINTR);
  return got == sizeof seq ? seq : 0;
}

}  // namespace

TEST_CASE("whatever was acknowledged before a kill -9 is there, and nothing in part") {
  REQUIRE(is_parent);
  const unsigned seed = test_seed();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  const DiskLog disk;
  Seq last_seen = 0;
  for (int round = 0; round < 12; ++round) {
    pid_t child = 0;
    const int pipe = start_child(disk.directory(), child);
    const int answers = std::uniform_int_distribution<int>{0, 60}(random);
    for (int i = 0; i < answers; ++i) {
      const Seq seq = next_acknowledged(pipe);
      REQUIRE(seq > last_seen);
      last_seen = seq;
    }
    REQUIRE(::kill(child, SIGKILL) == 0);
    while (const Seq seq = next_acknowledged(pipe)) last_seen = seq;  // acknowledged before the end
    ::close(pipe);
    int outcome = 0;
    REQUIRE(::waitpid(child, &outcome, 0) == child);
    REQUIRE(WIFSIGNALED(outcome));

    const auto log = must(disk.try_open());
    INFO("round " << round << ", acknowledged " << last_seen << ", found " << log->head().seq);
    REQUIRE(log->head().seq >= last_seen);
    REQUIRE(log->head().seq % 3 == 0);
    REQUIRE_FALSE(log->fault_pending());
    require_chain(*log);
    REQUIRE(count_of(*log, Table::jobs) == 2 * log->head().seq / 3);
    REQUIRE(jobs_in(*log, Table::leases).size() == log->head().seq / 3);
    last_seen = log->head().seq;
  }
}
