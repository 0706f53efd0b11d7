#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace breakerd::load {
namespace {

constexpr std::size_t receive_bytes_max = 65'536;

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Socket::Socket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) throw_errno("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      ::fcntl(descriptor_, F_SETFL, O_NONBLOCK) != 0) {
    const int failed = errno;
    ::close(descriptor_);
    throw std::system_error(failed, std::generic_category(), "connect");
  }
}

Socket::~Socket() { ::close(descriptor_); }

bool Socket::flush() {
  while (output_sent_ < output_.size()) {
    const ssize_t sent =
        ::send(descriptor_, output_.data() + output_sent_, output_.size() - output_sent_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return false;
      if (errno == EINTR) continue;
      throw_errno("send");
    }
    output_sent_ += static_cast<std::size_t>(sent);
  }
  output_.clear();
  output_sent_ = 0;
  return true;
}

bool Socket::receive() {
  static thread_local std::array<char, receive_bytes_max> chunk;
  if (input_used_ == input_.size()) {
    input_.clear();
    input_used_ = 0;
  }
  const ssize_t received = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (received < 0) {
    if (errno == EAGAIN || errno == EINTR) return true;
    throw_errno("recv");
  }
  input_.append(chunk.data(), static_cast<std::size_t>(received));
  return received > 0;
}

}  // namespace breakerd::load
