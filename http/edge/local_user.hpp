#pragma once
// Who is at the other end of a Unix socket.

#include <string>

namespace breakerd::http {

/// The principal of whoever connected `socket`, as the kernel has noted it at connect(2) (SO_PEERCRED): "local:<user>",
/// or "local:<uid>" for a user who has no name. Asks the system's user database, which may be far away: not for an I/O
/// thread.
[[nodiscard]] std::string principal_of_local_peer(int socket);

}  // namespace breakerd::http
