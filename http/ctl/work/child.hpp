#pragma once
// A job's command as a child process in a process group of its own, with its three pipes. Used by one thread, the one
// that started it: the child dies with that thread (PR_SET_PDEATHSIG), also when the worker is killed with SIGKILL. Its
// own children do not: nobody is left then to kill their group.

#include <sys/types.h>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/text/error.hpp>
#include <breakerd/http/ctl/work/stop.hpp>

namespace breakerd::ctl {

struct ChildCommand {
  std::string path;                      ///< of the program, found already (find_program)
  std::vector<std::string> words;        ///< argv
  std::vector<std::string> environment;  ///< NAME=value
  std::string input;                     ///< all of its standard input
};

/// How a child ended and what it wrote.
struct ChildEnd {
  int exit_code = 0;  ///< meaningless when signal != 0
  int signal = 0;
  std::string out;              ///< the first `output_bytes_max` bytes
  std::uint64_t out_bytes = 0;  ///< how many there were, white space at the end not counted
  std::string err_tail;         ///< the last `error_tail_bytes_max` bytes
};

inline constexpr std::size_t output_bytes_max = limits::result_bytes_max;
inline constexpr std::size_t error_tail_bytes_max = std::size_t{8} * 1024;
/// How long after the child's end its own children may keep the pipes open; then the group is killed.
inline constexpr std::chrono::milliseconds linger{500};

/// A descriptor, closed with its owner.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_{fd} {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_;
};

class Child {
 public:
  /// Starts the command. Local error when there is no process or the program cannot be executed. `groups` and `clock`
  /// outlive it.
  [[nodiscard]] static CliResult<Child> start(const ChildCommand& command, ChildGroups& groups,
                                              const Clock& clock = machine_clock());

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  /// Kills the group when the child has not ended.
  ~Child();

  /// Feeds and reads the pipes until the child has ended (true), the time comes or `wake` becomes readable (false).
  [[nodiscard]] bool pump(SteadyTime until, int wake);

  /// What came on standard output so far.
  [[nodiscard]] const std::string& output() const { return end_.out; }

  /// SIGTERM to the group now, SIGKILL (by pump) when it is still there after `grace`.
  void stop(SteadyTime::duration grace);

  /// After pump gave true: reaps the child. Whatever is left of its group is killed.
  [[nodiscard]] ChildEnd finish();

 private:
  Child(pid_t pid, Fd handle, Fd input_end, Fd output_end, Fd error_end, std::string input, ChildGroups& groups,
        const Clock& clock);

  void feed();
  void read_output();
  void read_errors();
  [[nodiscard]] bool pipes_done() const { return !out_.is_open() && !err_.is_open(); }
  [[nodiscard]] SteadyTime next_step(SteadyTime until) const;
  void take_due_steps(SteadyTime now);

  pid_t pid_;
  Fd handle_;  ///< pidfd: readable when the leader has ended
  Fd in_, out_, err_;
  std::string input_;
  std::size_t fed_ = 0;
  std::uint64_t read_bytes_ = 0;  ///< of standard output
  ChildEnd end_;
  ChildGroups* groups_;
  const Clock* clock_;
  bool leader_ended_ = false;
  bool over_ = false;
  SteadyTime kill_at_ = SteadyTime::max();
  SteadyTime linger_until_ = SteadyTime::max();
};

/// The path of a program as a shell finds it: itself when it has a slash, else in PATH. Local error when there is none
/// that may be executed.
[[nodiscard]] CliResult<std::string> find_program(const std::string& name);

}  // namespace breakerd::ctl
