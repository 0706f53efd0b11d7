#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace breakerd::integration {

void Client::hang_up() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  input_.clear();
}

bool Client::connect() {
  if (socket_ >= 0) return true;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  const timeval limit{timeout_.count() / 1000, (timeout_.count() % 1000) * 1000};
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  hang_up();
  return false;
}

bool Client::send_all(const std::string& bytes) const {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

bool Client::receive_more() {
  char bytes[64 * 1024];
  while (true) {
    const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    input_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
}

Answer Client::receive() {
  std::size_t end = std::string::npos;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!receive_more()) return {};
  Answer answer;
  if (input_.size() > 12) answer.status = static_cast<int>(std::strtol(input_.c_str() + 9, nullptr, 10));
  std::size_t length = 0;
  bool closes = false;
  for (std::size_t at = input_.find("\r\n"); at < end; at = input_.find("\r\n", at + 2)) {
    const char* field = input_.c_str() + at + 2;
    if (::strncasecmp(field, "content-length:", 15) == 0) length = std::strtoul(field + 15, nullptr, 10);
    if (::strncasecmp(field, "connection: close", 17) == 0) closes = true;
    if (::strncasecmp(field, "idempotent-replayed: true", 25) == 0) answer.replayed = true;
  }
  const std::size_t whole = end + 4 + length;
  while (input_.size() < whole)
    if (!receive_more()) return {};
  answer.body = Json::parse(input_.begin() + static_cast<std::ptrdiff_t>(end + 4),
                            input_.begin() + static_cast<std::ptrdiff_t>(whole), nullptr, false);
  input_.erase(0, whole);
  if (closes) hang_up();
  return answer;
}

Answer Client::ask(const std::string& method, const std::string& target, const std::string& body,
                   const std::string& key) {
  if (!connect()) return {};
  std::string request = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!body.empty()) request += "Content-Type: application/json\r\n";
  if (!key.empty()) request += "Idempotency-Key: " + key + "\r\n";
  if (method != "GET") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n" + body;
  // A refusal may come before all of the request was taken: what can be read counts.
  Answer answer = send_all(request) ? receive() : Answer{};
  if (answer.status == 0) hang_up();
  return answer;
}

}  // namespace breakerd::integration
