#include "daemon.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <system_error>

#include "client.hpp"
#include "process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"

namespace breakerd::integration {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

bool is_free(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return free;
}

/// Below the range of outgoing connections: there, a client that knocks while nobody listens can meet itself.
std::uint16_t free_port() {
  static std::mt19937 random{test::test_seed()};
  for (int i = 0; i < 1000; ++i) {
    const auto port = static_cast<std::uint16_t>(15'000 + random() % 15'000);
    if (is_free(port)) return port;
  }
  throw Failure{"there is no free port"};
}

pid_t spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& environment, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  require(child >= 0, "fork failed");
  if (child > 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nobody behind
  if (::getppid() != parent) ::_exit(127);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (const std::string& entry : environment) ::putenv(const_cast<char*>(entry.c_str()));
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

void require(bool condition, const std::string& what) {
  if (!condition) throw Failure{what};
}

std::string setting(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

Workshop::Workshop(const std::string& name) {
  std::string pattern = setting("TMPDIR", "/tmp") + "/breakerd-" + name + "-XXXXXX";
  require(::mkdtemp(pattern.data()) != nullptr, "no folder " + pattern + ": " + std::system_category().message(errno));
  path_ = pattern;
}

Workshop::~Workshop() {
  std::error_code ignored;  // what is left in the temporary folder harms nobody
  if (keep_)
    std::cerr << "kept: " << path_ << "\n";
  else
    fs::remove_all(path_, ignored);
}

int run_in_workshop(const std::string& name, const std::function<void(const std::filesystem::path&)>& work) {
  Workshop workshop{name};
  try {
    work(workshop.path());
    return 0;
  } catch (const Skip& skip) {
    std::cout << "skipped: " << skip.what() << std::endl;
    return exit_skipped;
  } catch (const std::exception& error) {
    workshop.keep();
    std::cerr << "FAILED: " << error.what() << std::endl;
    return 1;
  }
}

Daemon::Daemon(const fs::path& workshop, fs::path data, std::vector<std::string> environment)
    : log_{workshop / "daemon.log"}, data_{std::move(data)}, environment_{std::move(environment)}, port_{free_port()} {
  require(!setting("BREAKERD").empty(), "BREAKERD must name the daemon's program");
}

Daemon::~Daemon() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void Daemon::start() {
  require(process_ <= 0, "the daemon runs already");
  const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  require(log >= 0, log_.string() + ": " + std::system_category().message(errno));
  life_begins_ = fs::file_size(log_);
  process_ =
      spawn({setting("BREAKERD"), "--data-dir", data_.string(), "--port", std::to_string(port_)}, environment_, log);
  ::close(log);
}

void Daemon::check_alive() {
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) == 0) return;
  process_ = -1;
  throw Failure{"the daemon has ended by itself (" +
                (WIFSIGNALED(status) ? std::string{"signal "} + ::strsignal(WTERMSIG(status))
                                     : "exit code " + std::to_string(WEXITSTATUS(status))) +
                "):\n" + last_words()};
}

void Daemon::wait_ready(std::chrono::milliseconds limit) {
  wait_says("serving ", 1, limit);
  Client client{port_, std::chrono::seconds{20}};
  test::eventually("a daemon that is ready",
                   [&] {
                     check_alive();
                     return client.get("/readyz").status == 200;
                   },
                   {.limit = limit});
}

std::size_t Daemon::says(const std::string& text) const {
  const std::string words = this_life();
  std::size_t count = 0;
  for (std::size_t at = words.find(text); at != std::string::npos; at = words.find(text, at + text.size())) ++count;
  return count;
}

void Daemon::wait_says(const std::string& text, std::size_t times, std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  GrowingFile log{log_};
  while (says(text) < times) {
    check_alive();
    if (log.wait(process_, until) || Clock::now() < until) continue;
    throw Failure{"the daemon does not say '" + text + "':\n" + last_words()};
  }
}

int Daemon::wait_end(std::chrono::milliseconds limit) {
  require(wait_for_end(process_, Clock::now() + limit), "the daemon does not end");
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  return status;
}

void Daemon::kill() {
  check_alive();
  ::kill(process_, SIGKILL);
  wait_end(std::chrono::seconds{60});
}

void Daemon::stop() {
  check_alive();
  ::kill(process_, SIGTERM);
  const int status = wait_end(std::chrono::seconds{60});
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the daemon did not end well:\n" + last_words());
}

int Daemon::end_by(int signal) {
  check_alive();
  ::kill(process_, signal);
  const int status = wait_end(std::chrono::seconds{60});
  require(WIFEXITED(status), "the daemon was ended by a signal:\n" + last_words());
  return WEXITSTATUS(status);
}

std::uint64_t Daemon::memory_peak() const {
  constexpr std::uint64_t kibi = 1024;
  std::ifstream status{"/proc/" + std::to_string(process_) + "/status"};
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    std::uint64_t kibibytes = 0;
    status >> kibibytes;
    return kibi * kibibytes;
  }
  throw Failure{"the kernel does not say how much memory the daemon has had"};
}

std::string Daemon::this_life() const {
  std::ifstream file{log_};
  file.seekg(static_cast<std::streamoff>(life_begins_));
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

std::string Daemon::last_words() const {
  const std::string text = this_life();
  constexpr std::size_t enough = 4'000;
  return text.size() <= enough ? text : "..." + text.substr(text.size() - enough);
}

Ran run(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0, "pipe failed");
  const pid_t process = spawn(arguments, {}, ends[1]);
  ::close(ends[1]);
  const auto deadline = Clock::now() + limit;
  Ran ran;
  char bytes[4096];
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{ends[0], POLLIN, 0};
    if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) == 0) ::kill(process, SIGKILL);
    const ssize_t n = ::read(ends[0], bytes, sizeof bytes);
    if (n <= 0) break;
    ran.output.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

void verify_offline(const fs::path& data) {
  const std::string program = setting("BREAKERCTL");
  require(!program.empty(), "BREAKERCTL must name the command-line program");
  const Ran verified = run({program, "verify", "--data-dir", data.string()});
  require(verified.code == 0, "verify failed with " + std::to_string(verified.code) + ":\n" + verified.output);
}

}  // namespace breakerd::integration
