#include <breakerd/http/ctl/client/address.hpp>

#include <sys/un.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <charconv>
#include <cstdlib>

namespace breakerd::ctl {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_host(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && std::string_view{".-_:%"}.find(c) == std::string_view::npos) return false;
  }
  return true;
}

CliResult<Address> parse_local(std::string_view path) {
  if (path.empty()) return usage_error("the address \"unix:\" names no socket; it looks like unix:/path");
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return usage_error("the path of a socket has at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                       " bytes: unix:" + std::string{path});
  return Address{"", "", std::string{path}};
}

}  // namespace

std::string Address::to_string() const { return is_local() ? "unix:" + path : "http://" + authority(); }

std::string Address::authority() const {
  if (is_local()) return "localhost";
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

CliResult<Address> parse_address(std::string_view text) {
  const auto wrong = [whole = std::string{text}](std::string_view why) {
    return usage_error("the address \"" + whole + "\" " + std::string{why} +
                       "; it looks like http://host:port or unix:/path");
  };
  constexpr std::string_view local_scheme = "unix:";
  if (text.starts_with(local_scheme)) return parse_local(text.substr(local_scheme.size()));
  constexpr std::string_view scheme = "http://";
  if (text.substr(0, scheme.size()) != scheme) return wrong("begins neither with http:// nor with unix:");
  text.remove_prefix(scheme.size());
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  if (text.find_first_of("/?#@") != std::string_view::npos) return wrong("has more than a host and a port");

  Address address{"", "80", ""};
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return wrong("lacks a closing bracket");
    address.host = text.substr(1, bracket - 1);
    rest = text.substr(bracket + 1);
  } else {
    const auto colon = text.find(':');
    address.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (!is_host(address.host)) return wrong("has no proper host");
  if (!rest.empty()) {
    if (rest.front() != ':' || !is_port(rest.substr(1))) return wrong("has no proper port");
    address.port = rest.substr(1);
  }
  return address;
}

std::string guessed_socket() {
  // One thread so far: nobody changes the environment meanwhile.
  if (const char* socket = std::getenv("BREAKERD_SOCKET")) return socket;  // NOLINT(concurrency-mt-unsafe)
  const char* directory = std::getenv("BREAKERD_DATA_DIR");                // NOLINT(concurrency-mt-unsafe)
  const std::string_view where = directory == nullptr || *directory == '\0' ? default_data_dir : directory;
  return std::string{where} + "/" + std::string{socket_name};
}

bool is_answered(const std::string& socket_path) {
  using Local = boost::asio::local::stream_protocol;
  if (socket_path.empty() || socket_path.size() >= sizeof(sockaddr_un::sun_path)) return false;
  boost::asio::io_context io;
  Local::socket socket{io};
  boost::system::error_code error;
  socket.open(Local{}, error);
  if (!error) socket.non_blocking(true, error);
  if (error) return false;
  socket.connect(Local::endpoint{socket_path}, error);
  return !error || error == boost::asio::error::no_buffer_space;  // the second: a listener whose queue is full
}

Address default_address() {
  const auto socket = guessed_socket();
  if (is_answered(socket)) return Address{"", "", socket};
  return *parse_address(default_url);
}

}  // namespace breakerd::ctl
