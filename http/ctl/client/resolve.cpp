#include <breakerd/http/ctl/client/resolve.hpp>

#include <netdb.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace breakerd::ctl {

namespace asio = boost::asio;
using boost::system::error_code;
using Found = boost::system::result<Endpoints>;

namespace {

error_code error_of(int result) {
  if (result == EAI_SYSTEM) return {errno, boost::system::system_category()};
  return {result, asio::error::get_addrinfo_category()};
}

Found look_up(const std::string& host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (const int result = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list); result != 0)
    return error_of(result);
  Endpoints endpoints;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(entry->ai_addrlen);
    std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  if (endpoints.empty()) return error_code{asio::error::host_not_found};
  return endpoints;
}

/// A lookup under way, of its thread and of those who wait for it: whoever is last lets it go.
struct Lookup {
  std::optional<Found> found;
};

/// The lookups of this process.
class Lookups {
 public:
  Found find(const std::string& host, const std::string& port, const Deadline& deadline) {
    std::unique_lock lock{mutex_};
    const auto lookup = join_or_start({host, port});
    if (!lookup) return lookup.error();
    while (!(*lookup)->found) {
      if (deadline.passed()) return error_code{asio::error::timed_out};
      ended_.wait_until(lock, deadline.next_look());
    }
    return *(*lookup)->found;
  }

 private:
  using Name = std::pair<std::string, std::string>;

  /// An error when there is no thread for it; a later call may find one.
  boost::system::result<std::shared_ptr<Lookup>> join_or_start(const Name& name) {
    if (const auto there = under_way_.find(name); there != under_way_.end()) return there->second;
    auto lookup = std::make_shared<Lookup>();
    try {
      std::thread{[this, name, lookup] { run(name, *lookup); }}.detach();
    } catch (const std::system_error& error) {
      return error_code{error.code()};
    }
    under_way_.emplace(name, lookup);
    return lookup;
  }

  void run(const Name& name, Lookup& lookup) {
    auto found = look_up(name.first, name.second);
    const std::lock_guard lock{mutex_};
    lookup.found = std::move(found);
    under_way_.erase(name);
    ended_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<Name, std::shared_ptr<Lookup>> under_way_;
};

/// Never destroyed: a lookup that hangs outlives main().
Lookups& lookups() {
  static auto* all = new Lookups;
  return *all;
}

}  // namespace

Found resolve(const std::string& host, const std::string& port, const Deadline& deadline) {
  error_code not_a_number;
  const auto address = asio::ip::make_address(host, not_a_number);
  if (!not_a_number) return Endpoints{{address, static_cast<std::uint16_t>(std::stoul(port))}};
  return lookups().find(host, port, deadline);
}

}  // namespace breakerd::ctl
