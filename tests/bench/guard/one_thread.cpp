#include "one_thread.hpp"

#include <fmt/core.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd::guard {
namespace {

CoreConfig& on_one_thread(CoreConfig& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

http::ServerOptions on_any_port() {
  http::ServerOptions options;
  options.port = 0;
  options.limits.tick = std::chrono::hours{1};  // real time would let it fall into one turn or another
  return options;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().detail};
  return std::move(*result);
}

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

}  // namespace

OneThread::OneThread(const std::filesystem::path& directory)
    : system_{on_one_thread(config_)}, server_{{{io_, bridge_}}, on_any_port()} {
  RocksLogOptions log;
  log.directory = directory;
  log.log_line = say;
  log_ = must(open_rocks_log(std::move(log)));
  core_ = must(Core::start(system_, *log_, core_options()));
  bridge_.attach(*core_);
  bridge_.announce();
  if (const auto listening = server_.listen(); !listening) throw std::runtime_error{listening.error().detail};
  turn();
}

OneThread::~OneThread() {
  bridge_.detach();
  turn();
  scheduler().inline_all_enqueues();  // the core waits for its actors: each must run as soon as it is told to end
  core_.reset();
  scheduler().after_next_enqueue(std::function<void()>{});
  scheduler().run();
}

void OneThread::turn() {
  while (io_.poll() + scheduler().run() > 0) {
  }
}

caf::scheduler::test_coordinator& OneThread::scheduler() {
  return static_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
}

CoreOptions OneThread::core_options() {
  CoreOptions options;
  options.detach_breaker = false;
  options.clock = &clock_;
  options.log_line = [](LineLevel, const std::string& line) { say(line); };
  options.on_fatal = [](const std::string& which) { say("the " + which + " actor has ended"); };
  return options;
}

}  // namespace breakerd::guard
