#pragma once
// The file of a Unix socket that is listened on.

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include <breakerd/events/model/error.hpp>
#include <breakerd/http/edge/listener.hpp>

namespace breakerd::http {

class LocalSocket {
 public:
  /// Listens on `path`, mode 0660. A socket that nobody listens on is replaced: its daemon has died. `invalid` for a
  /// path that no socket can have, `wrong_state` when a living process listens there or when it is another kind of
  /// file, `storage` when the system refuses.
  [[nodiscard]] static Result<LocalSocket> listen(boost::asio::io_context& io, std::filesystem::path path);

  /// Removes the file, if it still is the one that was made.
  ~LocalSocket();
  LocalSocket(LocalSocket&& other) noexcept;
  LocalSocket& operator=(LocalSocket&&) = delete;
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;

  /// To be taken once, for a Listener.
  [[nodiscard]] Listener::Acceptor take_acceptor() { return std::move(acceptor_); }

 private:
  LocalSocket(Listener::Acceptor acceptor, std::filesystem::path path, dev_t device, ino_t inode);

  Listener::Acceptor acceptor_;
  std::filesystem::path path_;  ///< empty: nothing to remove
  dev_t device_;
  ino_t inode_;
};

}  // namespace breakerd::http
