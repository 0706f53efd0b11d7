#pragma once
// Which addresses only this machine reaches.

#include <string>

namespace breakerd::http {

/// True when `address` is an IP address of the loopback interface; IPv4 ones written as IPv6 (::ffff:127.0.0.1) are.
[[nodiscard]] bool is_loopback(const std::string& address);

}  // namespace breakerd::http
