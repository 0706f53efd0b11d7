#pragma once
// Events of the streams "campaign-<uuid>". How types of events are written: event_types.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/stream_kind.hpp>

namespace breakerd {

struct CampaignCreated {
  static constexpr std::string_view type = "CampaignCreated";
  static constexpr StreamKind stream = StreamKind::campaign;
  static constexpr unsigned version = 2;
  CampaignId campaign{};
  std::string name;
  std::string description;
  std::string metadata;
  std::uint32_t weight = 1;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("name", self.name);
    visit("description", self.description);
    visit.json("metadata", self.metadata);
    visit.since(2, "weight", self.weight);
  }
};

/// Only what was given is present.
struct CampaignUpdated {
  static constexpr std::string_view type = "CampaignUpdated";
  static constexpr StreamKind stream = StreamKind::campaign;
  static constexpr unsigned version = 2;
  CampaignId campaign{};
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> metadata;
  std::optional<std::uint32_t> weight;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("name", self.name);
    visit("description", self.description);
    visit.json("metadata", self.metadata);
    visit.since(2, "weight", self.weight);
  }
};

struct CampaignStarted {
  static constexpr std::string_view type = "CampaignStarted";
  static constexpr StreamKind stream = StreamKind::campaign;
  static constexpr unsigned version = 2;
  CampaignId campaign{};
  Ordinal ordinal = 0;
  std::string status_message{};  ///< what is shown while it runs; empty: breakerd's own words

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("ordinal", self.ordinal);
    visit.since(2, "status_message", self.status_message);
  }
};

/// By an operator. Pauses by holds are no events of the campaign.
struct CampaignPaused {
  static constexpr std::string_view type = "CampaignPaused";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
  }
};

struct CampaignResumed {
  static constexpr std::string_view type = "CampaignResumed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  Ordinal ordinal = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("ordinal", self.ordinal);
  }
};

/// No more jobs will come.
struct CampaignSealed {
  static constexpr std::string_view type = "CampaignSealed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) { visit("campaign", self.campaign); }
};

/// Sealed, and every job has ended.
struct CampaignCompleted {
  static constexpr std::string_view type = "CampaignCompleted";
  static constexpr StreamKind stream = StreamKind::campaign;
  static constexpr unsigned version = 2;
  CampaignId campaign{};
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t expired = 0;  ///< none did in version 1

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("completed", self.completed);
    visit("failed", self.failed);
    visit("cancelled", self.cancelled);
    visit.since(2, "expired", self.expired);
  }
};

/// It had completed, and one of its jobs is tried again: it runs, with the place of its last start, or is CREATED when
/// it was never started.
struct CampaignReopened {
  static constexpr std::string_view type = "CampaignReopened";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) { visit("campaign", self.campaign); }
};

/// Ends the campaign's remaining jobs too, whatever their number: from here on they read CANCELLED.
struct CampaignFailed {
  static constexpr std::string_view type = "CampaignFailed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;
  std::uint64_t jobs_ended = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit("jobs_ended", self.jobs_ended);
  }
};

/// As CampaignFailed.
struct CampaignCancelled {
  static constexpr std::string_view type = "CampaignCancelled";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;
  std::uint64_t jobs_ended = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit("jobs_ended", self.jobs_ended);
  }
};

}  // namespace breakerd
