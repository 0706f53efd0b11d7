#pragma once
// Where the daemon is: http://host[:port]. From --address, else BREAKERD_ADDRESS, else default_address.

#include <string>
#include <string_view>

#include "http/cli/error.hpp"

namespace breakerd::cli {

inline constexpr std::string_view default_address = "http://127.0.0.1:8080";

struct Address {
  std::string host;  ///< a name or a number; IPv6 without its brackets
  std::string port;  ///< decimal, 1 to 65535

  /// host:port as a Host header says it, with brackets around IPv6.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string to_string() const { return "http://" + authority(); }
};

/// Takes http://host, http://host:port and http://[::1]:port, with or without a final slash; without a port it is 80,
/// as everywhere. Anything else (https, a path, a user) is a usage error that says what is wrong.
[[nodiscard]] CliResult<Address> parse_address(std::string_view text);

}  // namespace breakerd::cli
