#pragma once
// A queue as a worker sees it, on a scripted peer: leases, heartbeats and the three ends, with a place to interfere.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/text/json_text.hpp>
#include "tests/http/ctl/scripted_peer.hpp"

namespace breakerd::ctl::test {

struct FakeJob {
  std::uint64_t id = 0;
  std::string type = "t";
  std::string payload = "null";
  std::string service{};  ///< label
  std::string status = "PENDING";
  unsigned leases = 0;
  std::string token{};
  std::string error{};
  Json report{};         ///< body of the call that ended it
  unsigned reports = 0;  ///< times an end was accepted
};

class FakeDaemon {
 public:
  /// Called before a request is handled; what it gives is answered instead.
  using Interfere = std::function<std::optional<PeerAnswer>(const PeerRequest&)>;

  FakeDaemon() : peer_{[this](const PeerRequest& request) { return answer(request); }} {}

  ScriptedPeer& peer() { return peer_; }

  /// Before the worker starts, or from within interfere: the same thread as the script.
  std::uint64_t add(const std::string& payload, const std::string& type = "t");
  FakeJob& job(std::uint64_t id) { return jobs_.at(id); }

  Interfere interfere;
  bool paused = false;                 ///< the circuit is open
  std::uint64_t epoch = 7;             ///< how often the circuit has opened
  bool stop = false;                   ///< what heartbeats say
  std::uint64_t held = 0;              ///< PAUSED jobs of the status answer beyond those here
  std::uint64_t parked = 0;            ///< of those
  std::string holds = "[]";            ///< queue.holds of the status answer
  std::uint64_t paused_campaigns = 0;  ///< of the status answer
  std::size_t lease_max_seen = 0;

 private:
  PeerAnswer answer(const PeerRequest& request);
  PeerAnswer lease(const Json& ask);
  PeerAnswer end(FakeJob& job, const std::string& verb, const Json& body);
  PeerAnswer status();
  PeerAnswer breaker() const;
  void record_failure(const FakeJob& job, const Json& report);
  [[nodiscard]] std::string circuit() const;

  std::map<std::uint64_t, FakeJob> jobs_;
  std::string last_error_;  ///< of the circuit
  std::uint64_t last_job_ = 0;
  ScriptedPeer peer_;  ///< last: its threads use the rest
};

}  // namespace breakerd::ctl::test
