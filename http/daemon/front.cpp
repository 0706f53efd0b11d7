#include <breakerd/http/daemon/front.hpp>

#include <boost/asio/post.hpp>
#include <future>
#include <vector>

namespace breakerd::http {
namespace {

std::vector<IoLoop> loops_of(std::deque<IoThread>& threads) {
  std::vector<IoLoop> loops;
  for (IoThread& thread : threads) loops.push_back({thread.io, thread.bridge});
  return loops;
}

}  // namespace

IoThread::~IoThread() {
  if (thread_.joinable()) stop();
}

void IoThread::start() {
  thread_ = std::thread{[this] { io.run(); }};
}

void IoThread::run(const std::function<void()>& work) {
  std::promise<void> done;
  boost::asio::post(io, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void IoThread::stop() {
  work_.reset();
  io.stop();
  if (thread_.joinable()) thread_.join();
  bridge.detach();
}

Front::Front(unsigned threads, const ServerOptions& options)
    : threads_(threads), server_{loops_of(threads_), options} {}

Front::~Front() {
  if (running_) stop();
  for (IoThread& thread : threads_) thread.stop();  // those of a start that failed half-way, before the server goes
}

Result<void> Front::start() {
  if (auto ok = server_.listen(); !ok) return ok.error();
  for (IoThread& thread : threads_) thread.start();
  running_ = true;
  return {};
}

Result<void> Front::listen_locally(const std::filesystem::path& path) {
  Result<void> result;
  threads_.front().run([&] { result = server_.listen_locally(path); });
  return result;
}

void Front::attach(Core& core) {
  for (IoThread& thread : threads_) thread.run([&] { thread.bridge.attach(core); });
  for (IoThread& thread : threads_) thread.run([&] { thread.bridge.announce(); });
}

void Front::stop() {
  std::promise<void> stopped;
  boost::asio::post(threads_.front().io, [&] { server_.stop([&] { stopped.set_value(); }); });
  stopped.get_future().wait();
  for (IoThread& thread : threads_) thread.stop();
  running_ = false;
}

}  // namespace breakerd::http
