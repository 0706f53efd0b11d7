#include <breakerd/http/ctl/work/child.hpp>

#include <signal.h>

#include <cstdlib>

#include "tests/http/ctl/endless.hpp"
#include "tests/support/catch.hpp"

using breakerd::machine_clock;
using breakerd::SteadyTime;
using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;

namespace {

/// A shell script as a child.
Child shell(const std::string& script, ChildGroups& groups, const std::string& input = "") {
  auto child = Child::start({"/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin", "X=y"}, input}, groups);
  REQUIRE(child.has_value());
  return std::move(*child);
}

/// Runs to the end, ten seconds at most.
ChildEnd end_of(Child child) {
  REQUIRE(child.pump(machine_clock().steady() + 10s, -1));
  return child.finish();
}

struct Quiet {  // a child that does not read its input must not kill the test
  Quiet() {
    if (::signal(SIGPIPE, SIG_IGN) == SIG_ERR) std::abort();
  }
} const quiet;

}  // namespace

TEST_CASE("a child gets its input and environment and gives its output", "[cli][child]") {
  ChildGroups groups;
  const auto end = end_of(shell("cat; echo $X; echo oops >&2; exit 3", groups, "in "));
  CHECK(end.exit_code == 3);
  CHECK(end.signal == 0);
  CHECK(end.out == "in y\n");
  CHECK(end.err_tail == "oops\n");
}

TEST_CASE("a large input passes while a large output is read, and the output is cut", "[cli][child]") {
  ChildGroups groups;
  const std::string input(output_bytes_max + 1000, 'x');
  const auto end = end_of(shell("cat", groups, input));
  CHECK(end.exit_code == 0);
  CHECK(end.out.size() == output_bytes_max);
  CHECK(end.out_bytes == input.size());
}

TEST_CASE("a child need not read its input", "[cli][child]") {
  ChildGroups groups;
  CHECK(end_of(shell("exit 0", groups, std::string(1 << 20, 'x'))).exit_code == 0);
}

TEST_CASE("of the errors the last part is kept", "[cli][child]") {
  ChildGroups groups;
  const auto end = end_of(shell("seq 1 100000 >&2; echo last >&2", groups));
  CHECK(end.err_tail.size() <= error_tail_bytes_max);
  CHECK(end.err_tail.substr(end.err_tail.size() - 5) == "last\n");
}

TEST_CASE("a stop reaches the whole group", "[cli][child]") {
  ChildGroups groups;
  auto child = shell(endless + " & echo up; wait", groups);
  child.stop(10s);
  CHECK(end_of(std::move(child)).signal == SIGTERM);
}

TEST_CASE("who ignores SIGTERM is killed after the grace", "[cli][child]") {
  ChildGroups groups;
  auto child = shell("trap '' TERM; echo up; while :; do " + endless + "; done", groups);
  // Only once it said so does the trap stand.
  while (!child.pump(machine_clock().steady() + 50ms, -1) && child.output().empty()) {
  }
  child.stop(50ms);
  CHECK(end_of(std::move(child)).signal == SIGKILL);
}

TEST_CASE("what a child leaves running does not keep its job, and is killed", "[cli][child]") {
  ChildGroups groups;
  const auto begun = machine_clock().steady();
  const auto end = end_of(shell(endless + " & echo $!", groups));
  CHECK(end.exit_code == 0);
  CHECK(machine_clock().steady() - begun < 8s);
  const pid_t left = static_cast<pid_t>(std::stol(end.out));
  // Killed it is; its zombie may stay until init reaps it, and then its number answers nothing.
  const auto is_gone = [left] {
    std::string state;
    if (FILE* file = std::fopen(("/proc/" + std::to_string(left) + "/stat").c_str(), "r")) {
      char text[256] = {};
      state.assign(text, std::fread(text, 1, sizeof text - 1, file));
      CHECK(std::fclose(file) == 0);
    }
    return state.empty() || state.find(") Z") != std::string::npos || state.find(") X") != std::string::npos;
  };
  const auto give_up = machine_clock().steady() + 10s;
  while (!is_gone() && machine_clock().steady() < give_up) std::this_thread::yield();
  CHECK(is_gone());
}

TEST_CASE("killing all groups ends the children", "[cli][child]") {
  ChildGroups groups;
  auto child = shell(endless, groups);
  groups.kill_all();
  CHECK(end_of(std::move(child)).signal == SIGKILL);
}

TEST_CASE("a wake ends the wait, not the child", "[cli][child]") {
  ChildGroups groups;
  StopRequest stop;
  auto child = shell(endless, groups);
  stop.request(1h);
  CHECK_FALSE(child.pump(SteadyTime::max(), stop.fd()));
}

TEST_CASE("what cannot be executed is told", "[cli][child]") {
  ChildGroups groups;
  const auto child = Child::start({"/nonexistent", {"x"}, {}, ""}, groups);
  REQUIRE(child.has_error());
  CHECK(child.error().detail == "cannot execute /nonexistent: No such file or directory");
  CHECK(find_program("sh").has_value());
  CHECK(find_program("/bin/sh").has_value());
  CHECK(find_program("no-such-program-here").has_error());
  CHECK(find_program("/etc").has_error());
  CHECK(find_program("/etc/passwd").has_error());
}
