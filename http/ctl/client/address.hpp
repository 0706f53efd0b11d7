#pragma once
// Where the daemon is: http://host[:port], or its socket on this machine, unix:PATH. From --address, else
// BREAKERD_ADDRESS, else default_address().

#include <string>
#include <string_view>

#include <breakerd/http/ctl/text/error.hpp>

namespace breakerd::ctl {

/// Where a daemon listens that was told nothing else.
inline constexpr std::string_view default_url = "http://127.0.0.1:8080";
/// Where a daemon of this machine keeps its data when BREAKERD_DATA_DIR does not say (docs/operations.md).
inline constexpr std::string_view default_data_dir = "/var/lib/breakerd";
/// The daemon's socket within its data directory.
inline constexpr std::string_view socket_name = "breakerd.sock";

struct Address {
  std::string host{};  ///< a name or a number; IPv6 without its brackets
  std::string port{};  ///< decimal, 1 to 65535
  std::string path{};  ///< of a Unix socket; then there is neither host nor port

  [[nodiscard]] bool is_local() const { return !path.empty(); }
  /// host:port as a Host header says it, with brackets around IPv6; localhost for a Unix socket.
  [[nodiscard]] std::string authority() const;
  /// As parse_address takes it.
  [[nodiscard]] std::string to_string() const;
};

/// Takes http://host, http://host:port and http://[::1]:port, with or without a final slash; without a port it is 80,
/// as everywhere. Takes unix:PATH, with a PATH that fits a socket's name (107 bytes). Anything else (https, a path
/// behind a host, a user) is a usage error that says what is wrong.
[[nodiscard]] CliResult<Address> parse_address(std::string_view text);

/// The socket of a daemon on this machine: BREAKERD_SOCKET, else breakerd.sock in BREAKERD_DATA_DIR, else in
/// default_data_dir. Empty when BREAKERD_SOCKET is. Reads the environment: one thread.
[[nodiscard]] std::string guessed_socket();

/// Whether somebody listens on a Unix socket that this user may connect to. Connects, and hangs up.
[[nodiscard]] bool is_answered(const std::string& socket_path);

/// guessed_socket() when it is answered, else default_url.
[[nodiscard]] Address default_address();

}  // namespace breakerd::ctl
