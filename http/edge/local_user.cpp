#include "http/edge/local_user.hpp"

#include <pwd.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace breakerd::http {
namespace {

constexpr std::size_t entry_bytes_max = 1 << 20;

std::string name_of(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  for (std::vector<char> room(1 << 10); room.size() <= entry_bytes_max; room.resize(room.size() * 2)) {
    const int error = getpwuid_r(uid, &entry, room.data(), room.size(), &found);
    if (error == ERANGE) continue;
    if (found != nullptr && *entry.pw_name != '\0') return entry.pw_name;
    break;
  }
  return std::to_string(uid);  // as ls and ps show a user without a name
}

}  // namespace

std::string principal_of_local_peer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "local:unknown";
  return "local:" + name_of(peer.uid);
}

}  // namespace breakerd::http
