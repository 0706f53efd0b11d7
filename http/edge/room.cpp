#include <breakerd/http/edge/room.hpp>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace breakerd::http {

bool Holding::take(std::size_t bytes, Share share, Charge& charge) {
  if (own_ + bytes <= own_max) {
    own_ += bytes;
    charge.own += bytes;
    return true;
  }
  bytes = clamped(bytes, share);
  if (!pool(share).try_take(bytes)) return false;
  promise(bytes, share, charge);
  return true;
}

bool Holding::add(std::size_t bytes, Share share, Charge& charge) {
  if (own_ + bytes <= own_max) {
    own_ += bytes;
    charge.own += bytes;
    return true;
  }
  const bool room = bytes <= pool(share).max() && pool(share).try_take(bytes);
  if (!room) pool(share).add(bytes);
  promise(bytes, share, charge);
  return room;
}

void Holding::promise(std::size_t bytes, Share share, Charge& charge) {
  pooled_ += bytes;
  (share == Share::reads ? charge.reads : charge.commands) += bytes;
}

void Holding::forget(Charge& charge) {
  pooled_ -= charge.commands + charge.reads;
  own_ -= charge.own;
  charge = {};
}

std::size_t Holding::clamped(std::size_t bytes, Share share) const { return std::min(bytes, pool(share).max()); }

void Holding::release(Charge& charge, std::size_t kept) {
  if (charge.commands == 0 && charge.reads == 0) {  // most often
    const std::size_t bytes = charge.own - std::min(charge.own, kept);
    charge.own -= bytes;
    own_ -= bytes;
    return;
  }
  std::size_t surplus = charge.total() - std::min(charge.total(), kept);
  const auto cut = [&surplus](std::size_t& held) {
    const std::size_t bytes = std::min(held, surplus);
    held -= bytes;
    surplus -= bytes;
    return bytes;
  };
  const std::size_t of_commands = cut(charge.commands);
  const std::size_t of_reads = cut(charge.reads);
  own_ -= cut(charge.own);
  pooled_ -= of_commands + of_reads;
  pools_.commands.release(of_commands);
  pools_.reads.release(of_reads);
}

void RoomWait::start(BytePool& pool, std::size_t bytes, std::function<void()> then) {
  pool_ = &pool;
  bytes_ = bytes;
  then_ = std::move(then);
  pool.wait(bytes, *this);
}

bool RoomWait::cancel() {
  if (!is_pending() || !pool_->cancel(*this)) return false;
  then_ = nullptr;
  return true;
}

void RoomWait::granted() noexcept {
  boost::asio::post(io_, [this] { std::exchange(then_, nullptr)(); });
}

}  // namespace breakerd::http
