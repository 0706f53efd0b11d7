#pragma once
// Where reads of committed state run: not on the I/O threads, because they wait for the disk.

#include <boost/asio/thread_pool.hpp>
#include <functional>

#include <breakerd/http/api/backend.hpp>

namespace breakerd::http {

class Readers {
 public:
  virtual ~Readers() = default;
  /// Runs `read` later, once, unless stop() comes first. Reads of one size run in their order. Any thread.
  virtual void post(ReadSize size, std::function<void()> read) = 0;
  /// Waits for a read that has begun; those that have not never will. May be called again.
  virtual void stop() = 0;
};

/// A thread for each size of reads.
class ReaderThreads final : public Readers {
 public:
  void post(ReadSize size, std::function<void()> read) override;
  void stop() override;

 private:
  boost::asio::thread_pool pages_{1};
  boost::asio::thread_pool small_{1};
  boost::asio::thread_pool all_{1};
};

}  // namespace breakerd::http
