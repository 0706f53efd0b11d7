#pragma once
// Host names to endpoints, within a deadline.

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include <breakerd/http/ctl/client/deadline.hpp>

namespace breakerd::ctl {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// The endpoints of a host and a decimal port, in the order of getaddrinfo (RFC 6724). A number is read, nobody is
/// asked.
///   getaddrinfo cannot be interrupted, so it runs on a thread of its own, and a caller whose deadline passes leaves it
/// behind: asio::error::timed_out. Callers that ask for the same name meanwhile wait for the same lookup, so names that
/// hang cost one thread each, however often they are asked for. No thread to be had is an error too. Nothing is kept
/// after a lookup. Any thread.
[[nodiscard]] boost::system::result<Endpoints> resolve(const std::string& host, const std::string& port,
                                                       const Deadline& deadline);

}  // namespace breakerd::ctl
