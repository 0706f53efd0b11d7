// A rebuild in a process of its own: what a kill -9 leaves of it, and how much memory it takes.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>

#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/offline/rebuild.hpp>
#include "tests/storage/rocks/old_events.hpp"
#include "tests/storage/rocks/row_families.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;

extern char** environ;

namespace {

constexpr const char* child_variable = "BREAKERD_TEST_REBUILD_IN";

void tell(std::uint64_t number) {
  if (::write(STDOUT_FILENO, &number, sizeof number) != sizeof number) _exit(7);
}

/// The child's whole life: one rebuild after the other, each with a number for its beginning, its progress and its end.
/// The last of these is the most memory that the process has had.
[[noreturn]] void rebuild_for_ever(const char* directory) {
  for (;;) {
    tell(1);
    if (!rebuild(directory, [](Seq, Seq) { tell(2); })) _exit(3);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    tell(static_cast<std::uint64_t>(usage.ru_maxrss) << 10);
  }
}

/// The test program started again with that variable is the child, and never gets to its main().
const bool is_parent = [] {
  if (const char* directory = std::getenv(child_variable)) rebuild_for_ever(directory);
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
  // A sanitizer keeps what is freed for a while, and that is not the rebuild's memory.
  std::string sanitizer = "ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=16:malloc_context_size=1";
  std::vector<char*> environment{variable.data(), sanitizer.data()};
  for (char** at = environ; *at != nullptr; ++at) environment.push_back(*at);
  environment.push_back(nullptr);
  char name[] = "test_storage";
  char* arguments[] = {name, nullptr};
  REQUIRE(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environment.data()) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  return ends[0];
}

/// What the child tells next; 0 at the pipe's end.
std::uint64_t next_told(int pipe) {
  std::uint64_t number = 0;
  ssize_t got = 0;
  do {
    got = ::read(pipe, &number, sizeof number);
  } while (got < 0 && errno == EINTR);
  return got == sizeof number ? number : 0;
}

void end(pid_t child, int pipe) {
  REQUIRE(::kill(child, SIGKILL) == 0);
  while (next_told(pipe) != 0) continue;
  ::close(pipe);
  int outcome = 0;
  REQUIRE(::waitpid(child, &outcome, 0) == child);
  REQUIRE(WIFSIGNALED(outcome));
}

/// The most memory that a process takes for one rebuild, in bytes.
std::uint64_t memory_of_rebuild(const std::filesystem::path& directory) {
  pid_t child = 0;
  const int pipe = start_child(directory, child);
  std::uint64_t told = 0;
  do {
    told = next_told(pipe);
    REQUIRE(told != 0);
  } while (told < 3);
  end(child, pipe);
  return told;
}

}  // namespace

TEST_CASE("a rebuild that is killed at any moment leaves rows that are whole: the old ones or the new ones") {
  REQUIRE(is_parent);
  const unsigned seed = test_seed();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  DiskLog disk;
  fill_with_jobs(disk.open(), 1, 16'000, 16'000);
  disk.close();
  if (GENERATE(true, false)) move_rows_to_default(disk);
  for (int round = 0; round < 15; ++round) {
    INFO("round " << round);
    pid_t child = 0;
    const int pipe = start_child(disk.directory(), child);
    const int told = std::uniform_int_distribution<int>{0, 12}(random);
    for (int i = 0; i < told; ++i) REQUIRE(next_told(pipe) != 0);
    end(child, pipe);
    const VerifyReport left = must(verify(disk.directory()));
    REQUIRE(left.problems == std::vector<std::string>{});
    REQUIRE(left.note.empty());
    EventLog& log = disk.open();
    REQUIRE(log.head().seq == left.last.seq);
    const JobId job = 16'001 + static_cast<JobId>(round);
    wrote(log, {enqueued(job), leased(job)});
    disk.close();
    REQUIRE(row_families_of(disk).size() <= 1);
    REQUIRE(must(verify(disk.directory())).problems == std::vector<std::string>{});
  }
}

namespace {

/// What two rebuilds may differ by. A sanitizer's allocator keeps free memory by sizes, and so it differs by more; in
/// it a job that is kept takes about 1 KiB, which makes 300 MiB of the 300,000 jobs here.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t slack = 192 << 20;
#else
constexpr std::uint64_t slack = 32 << 20;
#endif

}  // namespace

TEST_CASE("the memory of a rebuild does not grow with the jobs that wait") {
  const auto memory_for = [](JobId jobs) {
    DiskLog disk;
    fill_with_jobs(disk.open(), 1, jobs, 0);
    disk.close();
    return memory_of_rebuild(disk.directory());
  };
  CHECK(memory_for(400'000) < memory_for(100'000) + slack);
}

TEST_CASE("the memory of a rebuild does not grow with the payloads that are in events of older versions") {
  const auto memory_for = [](JobId jobs) {
    DiskLog disk;
    disk.open();
    disk.close();
    write_old_jobs(disk, jobs, std::string(256 << 10, 'x'));
    return memory_of_rebuild(disk.directory());
  };
  CHECK(memory_for(800) < memory_for(200) + slack);
}
