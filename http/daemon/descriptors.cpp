#include <breakerd/http/daemon/descriptors.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <breakerd/http/edge/limits.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd::http {
namespace {

/// Standard streams, polling, pipes and timers of the runtimes, the listeners, the spare descriptors.
constexpr std::size_t process_descriptors_max = 64;

}  // namespace

std::size_t descriptors_reserved(std::size_t socket_connections) {
  const std::size_t local = socket_connections == 0 ? 0 : socket_connections + operator_connections_max;
  return rocks_log_descriptors_max + operator_connections_max + local + refusals_max + process_descriptors_max;
}

Result<std::size_t> raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return make_error(ErrorCode::storage,
                      "cannot tell the limit of open files: " + std::generic_category().message(errno));
  }
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  // One that cannot be raised is worked with as it is.
  if (limit.rlim_cur != limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = limit.rlim_max;
  return static_cast<std::size_t>(limit.rlim_cur);
}

Result<ConnectionRoom> connections_within(std::size_t descriptors, std::size_t reserved, ConnectionRoom wanted) {
  const std::size_t room = descriptors - std::min(descriptors, reserved);
  const std::size_t needed = std::min(connections_min, wanted.connections);
  if (room >= needed) {
    const std::size_t beside = room - std::min(room, wanted.connections);
    const std::size_t for_waiters = std::min(std::max(beside, room / 4), room - needed);
    const std::size_t waiters = std::min(wanted.waiters, for_waiters);
    return ConnectionRoom{std::min(room - waiters, wanted.connections), waiters};
  }
  return make_error(ErrorCode::invalid,
                    "the limit of open files is " + std::to_string(descriptors) + ", and at least " +
                        std::to_string(reserved + needed) + " are needed (" + std::to_string(reserved) +
                        " for storage and the daemon itself): raise it " + "with ulimit -n or LimitNOFILE");
}

}  // namespace breakerd::http
