#include <breakerd/http/bridge/readers.hpp>

#include <boost/asio/post.hpp>
#include <utility>

namespace breakerd::http {

void ReaderThreads::post(ReadSize size, std::function<void()> read) {
  boost::asio::thread_pool& readers = size == ReadSize::small ? small_ : size == ReadSize::page ? pages_ : all_;
  boost::asio::post(readers, std::move(read));
}

void ReaderThreads::stop() {
  for (boost::asio::thread_pool* readers : {&pages_, &small_, &all_}) {
    readers->stop();
    readers->join();
  }
}

}  // namespace breakerd::http
