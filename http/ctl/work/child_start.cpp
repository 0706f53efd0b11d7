// Starting of a job's command. Between fork and exec only async-signal-safe calls: other threads hold locks.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <breakerd/http/ctl/work/child.hpp>

namespace breakerd::ctl {
namespace {

constexpr int report_fd = 3;  ///< where the child tells that exec failed

std::string reason_of(int error) { return std::generic_category().message(error); }

/// The value of PATH, or what stands in for it.
std::string search_path() {
  constexpr std::string_view name = "PATH=";
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (text.substr(0, name.size()) == name) return std::string{text.substr(name.size())};
  }
  return "/usr/bin:/bin";
}

struct Pipe {
  Fd read;
  Fd write;
};

CliResult<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return local_error(std::string{"cannot make a pipe: "} + reason_of(errno));
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (const auto& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

struct Plan {
  const char* path;
  char* const* argv;
  char* const* environment;
  int in, out, err, report;
  pid_t parent;
};

[[noreturn]] void give_up() {
  const int why = errno;
  [[maybe_unused]] const auto ignored = ::write(report_fd, &why, sizeof why);
  ::_exit(127);
}

[[noreturn]] void become(const Plan& plan) {
  ::setpgid(0, 0);
  ::dup2(plan.in, STDIN_FILENO);
  ::dup2(plan.out, STDOUT_FILENO);
  ::dup2(plan.err, STDERR_FILENO);
  if (plan.report != report_fd) ::dup3(plan.report, report_fd, O_CLOEXEC);
  ::closefrom(report_fd + 1);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);  // the worker died before prctl
  if (::signal(SIGPIPE, SIG_DFL) == SIG_ERR) give_up();
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.path, plan.argv, plan.environment);
  give_up();
}

/// 0 when the program runs, else the errno of its exec.
int wait_for_exec(const Fd& report) {
  int why = 0;
  ssize_t got = 0;
  do {
    got = ::read(report.get(), &why, sizeof why);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof why) ? why : 0;
}

bool is_executable(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

CliResult<Child> Child::start(const ChildCommand& command, ChildGroups& groups, const Clock& clock) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  auto report = make_pipe();
  for (const auto* pipe : {&in, &out, &err, &report}) {
    if (!*pipe) return pipe->error();
  }
  const auto argv = pointers(command.words);
  const auto environment = pointers(command.environment);
  const Plan plan{command.path.c_str(), argv.data(),      environment.data(),  in->read.get(),
                  out->write.get(),     err->write.get(), report->write.get(), ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return local_error(std::string{"cannot start a process: "} + reason_of(errno));
  if (pid == 0) become(plan);

  ::setpgid(pid, pid);  // here as well: whoever is first
  report->write.reset();
  const auto reap = [pid] {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  };
  if (const int why = wait_for_exec(report->read); why != 0) {
    reap();
    return local_error("cannot execute " + command.path + ": " + reason_of(why));
  }
  Fd handle{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!handle.is_open()) {
    const std::string why = reason_of(errno);
    reap();
    return local_error("cannot watch a process: " + why);
  }
  for (const int fd : {in->write.get(), out->read.get(), err->read.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return Child{
      pid,  std::move(handle), std::move(in->write), std::move(out->read), std::move(err->read), command.input, groups,
      clock};
}

CliResult<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_executable(name)) return name;
    return local_error(name + " is not a program that may be executed");
  }
  const auto path = search_path() + ":";
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = path.find(':', begin);
    const auto folder = path.substr(begin, end - begin);
    auto candidate = (folder.empty() ? std::string{"."} : folder) + "/" + name;
    if (is_executable(candidate)) return candidate;
    begin = end + 1;
  }
  return local_error(name + " is not in PATH");
}

}  // namespace breakerd::ctl
