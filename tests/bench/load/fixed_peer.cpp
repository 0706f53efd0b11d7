#include "fixed_peer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>

namespace breakerd::load {
namespace {

constexpr int backlog_max = 1024;
constexpr int events_per_wait_max = 256;
constexpr std::size_t receive_bytes_max = 65'536;
constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nServer: fixed\r\nContent-Type: application/json\r\n"
    "Content-Length: 58\r\n\r\n"
    R"({"status":"success","data":{"allowed":true,"epoch":12345}})";

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_one(int epoll, int listener) {
  const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted < 0) return;
  const int on = 1;
  ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(epoll, accepted);
}

// One answer per request, requests without a body told apart by their empty line.
void answer_one(int connection) {
  static std::array<char, receive_bytes_max> chunk;
  const ssize_t received = ::recv(connection, chunk.data(), chunk.size(), 0);
  if (received <= 0) {
    if (received == 0 || errno != EAGAIN) ::close(connection);
    return;
  }
  const std::string_view in(chunk.data(), static_cast<std::size_t>(received));
  std::string out;
  for (std::size_t at = in.find("\r\n\r\n"); at != std::string_view::npos; at = in.find("\r\n\r\n", at + 4)) {
    out += answer;
  }
  // The answers of a closed loop always fit the socket buffer.
  (void)::send(connection, out.data(), out.size(), MSG_NOSIGNAL);
}

[[noreturn]] void serve(int listener) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int epoll = ::epoll_create1(0);
  watch(epoll, listener);
  std::array<epoll_event, events_per_wait_max> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events_per_wait_max, -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      descriptor == listener ? accept_one(epoll, listener) : answer_one(descriptor);
    }
  }
}

}  // namespace

FixedPeer::FixedPeer() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, length) != 0 || ::listen(listener, backlog_max) != 0 ||
      ::getsockname(listener, generic, &length) != 0) {
    throw_errno("fixed peer");
  }
  port_ = ntohs(address.sin_port);
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("fork");
  if (pid_ == 0) serve(listener);
  ::close(listener);
}

FixedPeer::~FixedPeer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace breakerd::load
