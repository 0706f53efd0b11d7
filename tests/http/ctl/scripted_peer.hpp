#pragma once
// A peer on a real socket that answers as a test says. Plain sockets on purpose: nothing of the client under test is
// used to judge it.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <breakerd/http/ctl/client/address.hpp>

namespace breakerd::ctl::test {

struct PeerRequest {
  std::string method;
  std::string target;
  std::string head;  ///< request line and fields
  std::string body;
  unsigned connection = 0;  ///< number of the connection it came on, from 1
};

struct PeerAnswer {
  unsigned status = 200;
  std::string body = R"({"status":"success","data":{}})";
  bool drop = false;   ///< close the connection instead of answering
  bool close = false;  ///< close it after the answer
};

/// {"status":"success","data":...}
[[nodiscard]] PeerAnswer success(const std::string& data, unsigned status = 200);
[[nodiscard]] PeerAnswer problem(unsigned status, const std::string& code, const std::string& detail,
                                 const std::string& more = "");
[[nodiscard]] PeerAnswer drop();

class ScriptedPeer {
 public:
  using Script = std::function<PeerAnswer(const PeerRequest&)>;

  /// Listens on a free port of 127.0.0.1. The script runs on the peer's threads, one call at a time.
  explicit ScriptedPeer(Script script);
  /// Listens on a Unix socket, in place of any file that is there.
  ScriptedPeer(Script script, std::string socket_path);
  ~ScriptedPeer();

  [[nodiscard]] Address address() const {
    return path_.empty() ? Address{"127.0.0.1", std::to_string(port_), ""} : Address{"", "", path_};
  }
  [[nodiscard]] std::string url() const { return address().to_string(); }

  /// As a daemon that died: nobody listens, every connection is cut.
  void die();
  /// As the same daemon started again.
  void revive();

  [[nodiscard]] std::vector<PeerRequest> seen();
  /// Waits until so many requests to targets with `part` in them were answered; false after ten seconds.
  [[nodiscard]] bool saw(const std::string& part, std::size_t times = 1);

 private:
  void open_listener();
  void open_local_listener();
  void accept_loop(int listener);
  void serve(int socket, unsigned number);
  [[nodiscard]] bool answer_one(int socket, unsigned number, std::string& buffer);

  Script script_;
  std::string path_;  ///< of the Unix socket; empty: TCP
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::thread acceptor_;

  std::mutex mutex_;  ///< guards what follows, and the script
  std::condition_variable answered_;
  std::vector<PeerRequest> seen_;
  std::list<int> sockets_;
  std::vector<std::thread> servers_;
  unsigned connections_ = 0;
};

}  // namespace breakerd::ctl::test
