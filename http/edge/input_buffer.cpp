#include "http/edge/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace breakerd::http {

boost::asio::mutable_buffer InputBuffer::prepare(std::size_t wanted) {
  constexpr std::size_t room_min = 1024;
  const std::size_t held = end_ - begin_;
  if (held == 0 && capacity_ > size_kept) resize(size_min);
  if (held == 0) begin_ = end_ = 0;
  const std::size_t room = std::clamp(wanted, room_min, std::max(capacity_, size_min));
  if (capacity_ - end_ < room) {
    // Doubling at most, however much was announced: memory follows what has really arrived.
    resize(capacity_ - held >= room ? capacity_ : std::max(size_min, capacity_ * 2));
  }
  return {data_.get() + end_, capacity_ - end_};
}

void InputBuffer::resize(std::size_t capacity) {
  const std::size_t held = end_ - begin_;
  if (capacity == capacity_) {
    std::memmove(data_.get(), data_.get() + begin_, held);
  } else {
    std::unique_ptr<char[]> larger{new char[capacity]};
    if (held > 0) std::memcpy(larger.get(), data_.get() + begin_, held);
    data_ = std::move(larger);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
}

}  // namespace breakerd::http
