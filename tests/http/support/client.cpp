#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace breakerd::http::test {
namespace {

/// A test that waits so long has failed; nothing is measured by it.
constexpr timeval patience{30, 0};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what + ": " + std::system_category().message(errno)};
}

Response parse_head(std::string_view head) {
  Response reply;
  reply.status = std::stoi(std::string{head.substr(9, 3)});
  for (std::size_t at = head.find("\r\n") + 2; at < head.size() && head[at] != '\r';) {
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    std::string name{line.substr(0, colon)};
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.fields[name] = line.substr(colon + 2);
    at = end + 2;
  }
  return reply;
}

}  // namespace

nlohmann::json Response::json() const { return nlohmann::json::parse(body); }

std::string Response::field(const std::string& name) const {
  const auto at = fields.find(name);
  return at == fields.end() ? std::string{} : at->second;
}

std::string Response::refused_fields() const {
  const auto problem = json();
  std::string names;
  if (!problem.contains("errors")) return names;
  for (const auto& error : problem.at("errors"))
    names += (names.empty() ? "" : " ") + error.at("field").get<std::string>();
  return names;
}

Client::Client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connect_to(reinterpret_cast<const sockaddr&>(address), sizeof address);
}

Client::Client(const std::filesystem::path& socket) : socket_{::socket(AF_UNIX, SOCK_STREAM, 0)} {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  connect_to(reinterpret_cast<const sockaddr&>(address), sizeof address);
}

void Client::connect_to(const sockaddr& address, std::size_t size) {
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket_, &address, static_cast<socklen_t>(size)) != 0) fail("connect");
}

Client::~Client() { ::close(socket_); }

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has hung up: what it said is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::send_byte_by_byte(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
}

void Client::break_off() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(socket_, -1));
}

void Client::close_sending_side() { shutdown(socket_, SHUT_WR); }

std::size_t Client::send_what_fits(std::string_view bytes) {
  pollfd writable{socket_, POLLOUT, 0};
  if (poll(&writable, 1, 1'000) < 0) fail("poll");
  if ((writable.revents & POLLOUT) == 0) return 0;
  const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) fail("send");
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool Client::fill() {
  char piece[16 * 1024];
  const ssize_t count = recv(socket_, piece, sizeof piece, 0);
  if (count < 0) fail("receive");
  buffer_.append(piece, static_cast<std::size_t>(count));
  return count > 0;
}

Response Client::receive(bool has_body) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) throw std::runtime_error{"the connection ended without an answer: " + buffer_};
  }
  Response reply = parse_head(std::string_view{buffer_}.substr(0, end + 4));
  const std::size_t size = has_body && reply.status >= 200 ? std::stoul(reply.field("content-length")) : 0;
  while (buffer_.size() < end + 4 + size) {
    if (!fill()) throw std::runtime_error{"the connection ended in the middle of an answer"};
  }
  reply.body = buffer_.substr(end + 4, size);
  buffer_.erase(0, end + 4 + size);
  return reply;
}

bool Client::at_end() { return buffer_.empty() && !fill(); }

std::string Client::receive_raw(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

Response Client::call(std::string_view method, std::string_view path, std::string_view body,
                      std::string_view content_type) {
  send(request(method, path, body, content_type));
  return receive(method != "HEAD");
}

std::string request(std::string_view method, std::string_view path, std::string_view body,
                    std::string_view content_type) {
  std::string text{method};
  text.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!body.empty() || method == "POST") {
    if (!content_type.empty()) text.append("Content-Type: ").append(content_type).append("\r\n");
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return text.append("\r\n").append(body);
}

}  // namespace breakerd::http::test
