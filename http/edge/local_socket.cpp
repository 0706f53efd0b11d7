#include <breakerd/http/edge/local_socket.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <utility>

namespace breakerd::http {
namespace {

namespace local = boost::asio::local;
using boost::system::error_code;

constexpr std::size_t path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
constexpr mode_t socket_mode = 0660;
constexpr mode_t lock_mode = 0660;

Error refused(const std::filesystem::path& path, const std::string& why) {
  return make_error(ErrorCode::storage, "cannot listen on " + path.string() + ": " + why);
}

Error refused_by_system(const std::filesystem::path& path) {
  return refused(path, error_code{errno, boost::system::system_category()}.message());
}

/// Holds the path of a socket, so that of two daemons which begin at once only one finds a dead socket and replaces it.
/// A file beside the socket, which stays: the folder itself may be a data directory, which is locked for its daemon's
/// life.
class PathLock {
 public:
  explicit PathLock(const std::filesystem::path& socket)
      : descriptor_{open((socket.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, lock_mode)} {
    held_ = descriptor_ >= 0 && flock(descriptor_, LOCK_EX) == 0;
  }
  ~PathLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  PathLock(const PathLock&) = delete;
  PathLock& operator=(const PathLock&) = delete;

  [[nodiscard]] bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_;
};

/// Removes the socket of a daemon that has died; an error when something else has the path.
Result<void> clear_path(boost::asio::io_context& io, const std::filesystem::path& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return refused_by_system(path);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return make_error(ErrorCode::wrong_state,
                      "cannot listen on " + path.string() + ": there is a file of another kind: name another --socket");
  }
  local::stream_protocol::socket probe{io, local::stream_protocol{}};
  error_code error;
  probe.native_non_blocking(true, error);  // a daemon that hangs takes no connections, and lives
  if (!error) probe.connect(local::stream_protocol::endpoint{path.string()}, error);
  if (error != boost::asio::error::connection_refused) {
    return make_error(ErrorCode::wrong_state,
                      "cannot listen on " + path.string() + ": " +
                          (error ? error.message() : "another process listens there: name another --socket"));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return refused_by_system(path);
  return {};
}

}  // namespace

LocalSocket::LocalSocket(Listener::Acceptor acceptor, std::filesystem::path path, dev_t device, ino_t inode)
    : acceptor_{std::move(acceptor)}, path_{std::move(path)}, device_{device}, inode_{inode} {}

LocalSocket::LocalSocket(LocalSocket&& other) noexcept
    : acceptor_{std::move(other.acceptor_)},
      path_{std::exchange(other.path_, {})},
      device_{other.device_},
      inode_{other.inode_} {}

LocalSocket::~LocalSocket() {
  if (path_.empty()) return;
  struct stat found {};
  const bool is_ours = lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
  // One that stays because the folder may not be written any more is replaced at the next start.
  if (is_ours) unlink(path_.c_str());
}

Result<LocalSocket> LocalSocket::listen(boost::asio::io_context& io, std::filesystem::path path) {
  const std::size_t size = path.native().size();
  if (size > path_bytes_max) {
    return make_error(ErrorCode::invalid, "the path of the socket has " + std::to_string(size) +
                                              " bytes, and the system takes at most " + std::to_string(path_bytes_max) +
                                              ": name a shorter one with --socket, " +
                                              "or none (--socket \"\"): " + path.string());
  }
  const PathLock lock{path};
  if (!lock.held()) return refused_by_system(path);
  if (auto ok = clear_path(io, path); !ok) return ok.error();
  local::stream_protocol::acceptor acceptor{io};
  error_code error;
  acceptor.open(local::stream_protocol{}, error);
  if (!error) acceptor.bind(local::stream_protocol::endpoint{path.string()}, error);
  if (error) return refused(path, error.message());
  struct stat made {};
  if (lstat(path.c_str(), &made) != 0) return refused_by_system(path);
  // Before anybody can connect: until listen() all are refused.
  if (chmod(path.c_str(), socket_mode) != 0) return refused_by_system(path);
  acceptor.non_blocking(true, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return refused(path, error.message());
  return LocalSocket{std::move(acceptor), std::move(path), made.st_dev, made.st_ino};
}

}  // namespace breakerd::http
