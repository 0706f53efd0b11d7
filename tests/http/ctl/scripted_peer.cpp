#include "tests/http/ctl/scripted_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace breakerd::ctl::test {
namespace {

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_more(int socket, std::string& buffer) {
  char bytes[16 * 1024];
  const auto got = ::recv(socket, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

PeerAnswer success(const std::string& data, unsigned status) {
  return {status, R"({"status":"success","data":)" + data + "}"};
}

PeerAnswer problem(unsigned status, const std::string& code, const std::string& detail, const std::string& more) {
  return {status, R"({"type":"about:blank","title":"No","status":)" + std::to_string(status) + R"(,"code":")" + code +
                      R"(","detail":")" + detail + "\"" + more + "}"};
}

PeerAnswer drop() {
  PeerAnswer answer;
  answer.drop = true;
  return answer;
}

ScriptedPeer::ScriptedPeer(Script script) : script_{std::move(script)} { revive(); }
ScriptedPeer::ScriptedPeer(Script script, std::string socket_path)
    : script_{std::move(script)}, path_{std::move(socket_path)} {
  revive();
}
ScriptedPeer::~ScriptedPeer() { die(); }

void ScriptedPeer::open_listener() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  where.sin_port = htons(port_);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, 64) != 0)
    throw std::runtime_error{"the peer cannot listen"};
  ::getsockname(listener_, address, &size);
  port_ = ntohs(where.sin_port);
}

void ScriptedPeer::open_local_listener() {
  ::unlink(path_.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::copy(path_.begin(), path_.end(), where.sun_path);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || ::listen(listener_, 64) != 0)
    throw std::runtime_error{"the peer cannot listen at " + path_};
}

void ScriptedPeer::revive() {
  path_.empty() ? open_listener() : open_local_listener();
  acceptor_ = std::thread{[this, listener = listener_] { accept_loop(listener); }};
}

void ScriptedPeer::die() {
  if (!acceptor_.joinable()) return;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  std::vector<std::thread> servers;
  {
    const std::lock_guard lock{mutex_};
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    servers.swap(servers_);
  }
  for (auto& server : servers) server.join();
}

void ScriptedPeer::accept_loop(int listener) {
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock{mutex_};
    sockets_.push_back(socket);
    servers_.emplace_back([this, socket, number = ++connections_] { serve(socket, number); });
  }
}

void ScriptedPeer::serve(int socket, unsigned number) {
  std::string buffer;
  while (answer_one(socket, number, buffer)) {
  }
  const std::lock_guard lock{mutex_};
  sockets_.remove(socket);
  ::close(socket);
}

bool ScriptedPeer::answer_one(int socket, unsigned number, std::string& buffer) {
  std::size_t head_end = std::string::npos;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more(socket, buffer)) return false;
  }
  PeerRequest request{"", "", buffer.substr(0, head_end), "", number};
  const auto length = content_length(request.head);
  while (buffer.size() < head_end + 4 + length) {
    if (!receive_more(socket, buffer)) return false;
  }
  request.body = buffer.substr(head_end + 4, length);
  buffer.erase(0, head_end + 4 + length);
  const auto space = request.head.find(' ');
  request.method = request.head.substr(0, space);
  request.target = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);

  const std::lock_guard lock{mutex_};
  const auto answer = script_(request);
  seen_.push_back(std::move(request));
  const bool sent = !answer.drop && send_all(socket, "HTTP/1.1 " + std::to_string(answer.status) +
                                                         " X\r\nContent-Type: application/json\r\nContent-Length: " +
                                                         std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
  answered_.notify_all();
  return sent && !answer.close;
}

std::vector<PeerRequest> ScriptedPeer::seen() {
  const std::lock_guard lock{mutex_};
  return seen_;
}

bool ScriptedPeer::saw(const std::string& part, std::size_t times) {
  std::unique_lock lock{mutex_};
  return answered_.wait_for(lock, std::chrono::seconds{10}, [&] {
    const auto matches = [&](const PeerRequest& request) { return request.target.find(part) != std::string::npos; };
    return static_cast<std::size_t>(std::count_if(seen_.begin(), seen_.end(), matches)) >= times;
  });
}

}  // namespace breakerd::ctl::test
