#include "http/cli/address.hpp"

#include <charconv>

namespace breakerd::cli {
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

}  // namespace

std::string Address::authority() const {
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

CliResult<Address> parse_address(std::string_view text) {
  const auto wrong = [whole = std::string{text}](std::string_view why) {
    return usage_error("the address \"" + whole + "\" " + std::string{why} + "; it looks like http://host:port");
  };
  constexpr std::string_view scheme = "http://";
  if (text.substr(0, scheme.size()) != scheme) return wrong("does not begin with http://");
  text.remove_prefix(scheme.size());
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  if (text.find_first_of("/?#@") != std::string_view::npos) return wrong("has more than a host and a port");

  Address address{"", "80"};
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

}  // namespace breakerd::cli
