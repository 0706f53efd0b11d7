#pragma once
// What a connection has sent and nobody has taken yet, contiguous. Grows with what arrives, and gives memory back.

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

namespace breakerd::http {

class InputBuffer {
 public:
  static constexpr std::size_t size_min = 4 << 10;
  static constexpr std::size_t size_kept = 64 << 10;  ///< larger ones are given back when they hold no more than this

  [[nodiscard]] std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  /// Bytes of memory that it takes.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  /// Drops `count` bytes from the front. Moves no memory, so views of the rest stay good.
  void consume(std::size_t count) { begin_ += count; }
  void clear() { begin_ = end_; }

  /// When it had grown and holds little. Not while a read into an earlier room is under way.
  void release_memory();

  /// Room behind the content for a read. `wanted` is a hint of how much is to come. Invalidates views; must not be
  /// called while a read into an earlier room is under way.
  [[nodiscard]] boost::asio::mutable_buffer prepare(std::size_t wanted);
  void commit(std::size_t count) { end_ += count; }

 private:
  void resize(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace breakerd::http
