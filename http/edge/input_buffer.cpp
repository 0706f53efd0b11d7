#include <breakerd/http/edge/input_buffer.hpp>

#include <algorithm>
#include <cstring>

namespace breakerd::http {

void InputBuffer::release_memory() {
  const std::size_t held = end_ - begin_;
  if (capacity_ <= size_kept || held > size_kept) return;
  if (held > 0) return resize(size_kept);
  data_.reset();
  begin_ = end_ = capacity_ = 0;
}

boost::asio::mutable_buffer InputBuffer::prepare(std::size_t wanted) {
  constexpr std::size_t room_min = 1024;
  const std::size_t held = end_ - begin_;
  if (held == 0) begin_ = end_ = 0;
  if (capacity_ > size_kept && std::max(wanted, room_min) + held <= size_kept) resize(size_kept);
  const std::size_t room = std::clamp(wanted, room_min, std::max(capacity_, size_min));
  if (capacity_ - end_ < room) {
    // Doubling at most, however much was announced: memory follows what has really arrived.
    // And no more than that, once it is large.
    const std::size_t doubled = std::max(size_min, capacity_ * 2);
    const std::size_t enough = std::max(held + std::max(wanted, room_min), size_kept);
    resize(capacity_ - held >= room ? capacity_ : std::min(doubled, enough));
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
