#pragma once
// Events of the stream "breaker": what happened to the circuit. How types of events are written: event_types.hpp.

#include <cstdint>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/stream_kind.hpp>

namespace breakerd {

/// The circuit went from CLOSED to OPEN.
struct CircuitOpened {
  static constexpr std::string_view type = "CircuitOpened";
  static constexpr StreamKind stream = StreamKind::breaker;
  static constexpr unsigned version = 3;
  Epoch epoch = 0;  ///< of this opening
  bool by_hand = false;
  std::string reason;
  std::string error;  ///< empty when opened by hand
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker{};  ///< that held the job's lease when it reported; empty when that is not known
  InFlight in_flight = InFlight::stop;

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("by_hand", self.by_hand);
    visit("reason", self.reason);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit("service", self.service);
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.since(2, "worker", self.worker);
    visit.since(3, "in_flight", self.in_flight);
  }
};

/// A further failure, seen while OPEN.
struct FailureRecorded {
  static constexpr std::string_view type = "FailureRecorded";
  static constexpr StreamKind stream = StreamKind::breaker;
  static constexpr unsigned version = 2;
  Epoch epoch = 0;
  std::string error;
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker{};  ///< as in CircuitOpened

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit("service", self.service);
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.since(2, "worker", self.worker);
  }
};

/// A person closed the opening `epoch`.
struct CircuitClosed {
  static constexpr std::string_view type = "CircuitClosed";
  static constexpr StreamKind stream = StreamKind::breaker;
  Epoch epoch = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("reason", self.reason);
  }
};

/// Somebody asked by hand for an opening while the circuit was OPEN. It stays OPEN.
struct OpeningReaffirmed {
  static constexpr std::string_view type = "OpeningReaffirmed";
  static constexpr StreamKind stream = StreamKind::breaker;
  static constexpr unsigned version = 2;
  Epoch epoch = 0;
  std::string reason;
  std::string service;                  ///< the label to hold responsible, if one was named
  InFlight in_flight = InFlight::stop;  ///< from here on

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("reason", self.reason);
    visit("service", self.service);
    visit.since(2, "in_flight", self.in_flight);
  }
};

}  // namespace breakerd
