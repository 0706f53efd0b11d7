// Host names: what becomes of breakerctl when they cannot be looked up, or not soon.

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include <breakerd/http/ctl/client/resolve.hpp>
#include "tests/http/ctl/desk.hpp"
#include "tests/http/ctl/endless.hpp"
#include "tests/http/ctl/worker_bench.hpp"

using breakerd::machine_clock;
using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr const char* slow_name = "slow.test";

/// The lookups of slow_name: held back while `held`, then 127.0.0.1.
class SlowName {
 public:
  void pass() {
    std::unique_lock lock{mutex_};
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
  }
  void hold(bool held) {
    const std::lock_guard lock{mutex_};
    held_ = held;
    if (held) asked_ = 0;
    changed_.notify_all();
  }
  unsigned asked() {
    const std::lock_guard lock{mutex_};
    return asked_;
  }
  bool wait_until_asked() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 10s, [this] { return asked_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  unsigned asked_ = 0;
};

SlowName& slow() {
  static auto* name = new SlowName;  // outlives a lookup that is left behind
  return *name;
}

/// Holds the lookups of slow_name back.
struct Hold {
  Hold() { slow().hold(true); }
  ~Hold() { slow().hold(false); }
};

/// New threads want a stack that no address space has room for.
class NoThreads {
 public:
  NoThreads() {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t huge = before_;
    ::pthread_attr_setstacksize(&huge, std::size_t{1} << 48);
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
  }
  ~NoThreads() { ::pthread_setattr_default_np(&before_); }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

Deadline within(std::chrono::milliseconds time) { return Deadline{machine_clock(), machine_clock().steady() + time}; }

}  // namespace

/// In the place of the system's, which is asked for what is not slow_name.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** list) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name == nullptr || std::string_view{name} != slow_name) return real(name, service, hints, list);
  slow().pass();
  return real("127.0.0.1", service, hints, list);
}

TEST_CASE("a name that is not looked up in time is a daemon that cannot be reached", "[cli][names]") {
  const Hold hold;
  HttpClient client{ClientOptions{Address{slow_name, "1", ""}, 100ms, 0ms}};
  const auto reply = client.call({Verb::get, "/r", "", Repeat::safe});
  REQUIRE(reply.has_error());
  CHECK(reply.error().kind == ErrorKind::unreachable);
  CHECK(slow().wait_until_asked());  // so that it does not count with the next test
}

TEST_CASE("callers that ask for a slow name share one lookup", "[cli][names]") {
  {
    const Hold hold;
    for (int i = 0; i < 5; ++i) CHECK(resolve(slow_name, "80", within(10ms)).error() == boost::asio::error::timed_out);
    CHECK(slow().wait_until_asked());
    CHECK(slow().asked() == 1);
  }
  const auto found = resolve(slow_name, "80", within(10s));
  REQUIRE(found.has_value());
  CHECK(found->front().address().to_string() == "127.0.0.1");
  CHECK(found->front().port() == 80);
}

TEST_CASE("numbers are read, and unknown names are told", "[cli][names]") {
  CHECK(resolve("127.0.0.1", "9", within(0ms))->front().port() == 9);
  CHECK(resolve("::1", "9", within(0ms))->front().address().is_v6());
  CHECK(resolve("no such name", "9", within(10s)).has_error());
}

TEST_CASE("a lookup that gets no thread is an error, and the next one is made", "[cli][names]") {
  {
    const NoThreads none;
    CHECK(resolve(slow_name, "80", within(10s)).error() == boost::system::errc::resource_unavailable_try_again);
  }
  CHECK(resolve(slow_name, "80", within(10s)).has_value());
}

TEST_CASE("a command that must be killed is killed while a name is looked up", "[cli][names][worker]") {
  const Bench bench{endless + " & wait"};  // for its options; nobody asks its daemon
  StopRequest stop;
  ChildGroups groups;
  const LeasedJob job{1, "t", "", "", "", "null", 1, "token", bench.options.ask.lease_ms, 0};
  const Hold hold;
  LeaseApi api{HttpClient{ClientOptions{Address{slow_name, "1", ""}, 3600s, 0ms}}};
  JobEnd end;
  std::thread slot{[&] { end = run_job(job, bench.options, api, stop, groups); }};
  CHECK(slow().wait_until_asked());
  stop.request(0s);
  slot.join();  // while the lookup hangs
  CHECK(end.kind == JobEndKind::released);
}
