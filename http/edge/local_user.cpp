#include <breakerd/http/edge/local_user.hpp>

#include <pwd.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

namespace breakerd::http {
namespace {

constexpr std::size_t entry_bytes_max = 1 << 20;

std::string principal(const std::string& user) { return "local:" + user; }

/// One peer whose name is looked up. On the thread of its loop.
class Waiting {
 public:
  Waiting(boost::asio::io_context& io, std::function<void(std::string)> done) : timer_{io}, done_{std::move(done)} {}

  void start(std::chrono::milliseconds longest, std::string otherwise, const std::shared_ptr<Waiting>& self) {
    timer_.expires_after(longest);
    timer_.async_wait([self, otherwise = std::move(otherwise)](boost::system::error_code) { self->end(otherwise); });
  }
  /// The first to say so counts.
  void end(const std::string& user) {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    timer_.cancel();
    done(principal(user));
  }

 private:
  boost::asio::steady_timer timer_;
  std::function<void(std::string)> done_;
};

}  // namespace

std::string name_of_user(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  for (std::vector<char> room(1 << 10); room.size() <= entry_bytes_max; room.resize(room.size() * 2)) {
    const int error = getpwuid_r(user, &entry, room.data(), room.size(), &found);
    if (error == ERANGE) continue;
    if (found != nullptr && *entry.pw_name != '\0') return entry.pw_name;
    break;
  }
  return std::to_string(user);  // as ls and ps show a user without a name
}

LocalUsers::LocalUsers(LookUp look_up, std::chrono::milliseconds longest_wait)
    : look_up_{std::move(look_up)}, longest_wait_{longest_wait} {}

LocalUsers::~LocalUsers() {
  thread_.stop();  // those that have not begun never will
  thread_.join();
}

void LocalUsers::principal_of(int socket, boost::asio::io_context& io, std::function<void(std::string)> done) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  const bool crowded = ++waiting_ > waiting_max;  // they all wait for one that hangs
  if (!known || crowded) {
    --waiting_;
    const std::string user = known ? std::to_string(peer.uid) : "unknown";
    return boost::asio::post(io, [user, done = std::move(done)] { done(principal(user)); });
  }
  auto waiting = std::make_shared<Waiting>(io, std::move(done));  // shared by the timer and the look-up
  boost::asio::post(io,
                    [this, waiting, user = peer.uid] { waiting->start(longest_wait_, std::to_string(user), waiting); });
  boost::asio::post(thread_, [this, waiting, &io, user = peer.uid] {
    std::string name = look_up_(user);
    --waiting_;
    boost::asio::post(io, [waiting, name = std::move(name)] { waiting->end(name); });
  });
}

}  // namespace breakerd::http
