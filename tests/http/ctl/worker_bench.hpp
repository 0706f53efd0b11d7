#pragma once
// A worker of shell scripts on a fake daemon, for the tests of `breakerctl work`.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <streambuf>
#include <string>
#include <thread>

#include <breakerd/http/ctl/work/worker.hpp>
#include "tests/http/ctl/fake_daemon.hpp"
#include "tests/support/catch.hpp"

namespace breakerd::ctl::test {

using namespace std::chrono_literals;

/// What a worker says, to be read and waited for while it speaks.
class Overheard : public std::streambuf {
 public:
  std::string text() const {
    const std::lock_guard lock{mutex_};
    return text_;
  }
  /// False after ten seconds.
  bool wait_for(const std::string& part) const {
    std::unique_lock lock{mutex_};
    return said_.wait_for(lock, 10s, [&] { return text_.find(part) != std::string::npos; });
  }

 private:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    const std::lock_guard lock{mutex_};
    text_.append(bytes, static_cast<std::size_t>(count));
    said_.notify_all();
    return count;
  }
  int overflow(int byte) override {
    const char one = static_cast<char>(byte);
    xsputn(&one, 1);
    return byte;
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable said_;
  std::string text_;
};

/// A worker of shell scripts on a fake daemon. Jobs are added before it starts.
struct Bench {
  FakeDaemon daemon;
  WorkOptions options;
  StopRequest stop;
  ChildGroups groups;
  Overheard said;
  ExitCode code = ExitCode::ok;
  std::thread thread;

  explicit Bench(const std::string& script) {
    REQUIRE(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    options.ask.worker = "w";
    options.ask.lease_ms = 300;
    options.poll_most = 50ms;
    options.term_grace = 2s;
    options.stop_grace = 30s;
    options.drain = true;
    options.program = "/bin/sh";
    options.words = {"sh", "-c", script};
  }
  ~Bench() {
    stop.request(0s);
    if (thread.joinable()) thread.join();
  }

  void start() {
    thread = std::thread{[this] {
      std::ostream out{&said};
      WorkLog log{out, out, true, false};
      Worker worker{options, ClientOptions{daemon.peer().address(), 5s, 0ms}, log, stop, groups};
      code = worker.run();
    }};
  }
  ExitCode finish() {
    thread.join();
    INFO(said.text());
    return code;
  }
  ExitCode run() {
    start();
    return finish();
  }
  bool logged(const std::string& part) const { return said.text().find(part) != std::string::npos; }
};

/// A pipe by name: a script that reads it waits until the test says so.
struct Gate {
  std::string path;
  Gate() {
    char folder[] = "/tmp/breakerd-cli-XXXXXX";
    path = std::string{::mkdtemp(folder)} + "/gate";
    ::mkfifo(path.c_str(), 0600);
  }
  ~Gate() {
    ::unlink(path.c_str());
    ::rmdir(path.substr(0, path.rfind('/')).c_str());
  }
  /// Blocks until the script reads.
  void open() const {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    ::close(fd);
  }
};

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace breakerd::ctl::test
