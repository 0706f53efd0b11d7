#pragma once
// What an append may ask of the place in the log where it ends up.

#include <cstdint>
#include <string>
#include <variant>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

/// The circuit is CLOSED and in this epoch: the fence against leases and starts decided before an opening.
struct ClosedIn {
  Epoch epoch = 0;

  friend bool operator==(const ClosedIn&, const ClosedIn&) = default;
};

/// The campaign's version is this one. 0: it does not exist yet.
struct CampaignAt {
  CampaignId campaign{};
  std::uint64_t version = 0;

  friend bool operator==(const CampaignAt&, const CampaignAt&) = default;
};

/// The unique key is held by this job, which may keep it or not. 0: nobody holds it.
struct KeyAt {
  std::string key;
  JobId holder = 0;

  friend bool operator==(const KeyAt&, const KeyAt&) = default;
};

using Precondition = std::variant<ClosedIn, CampaignAt, KeyAt>;

}  // namespace breakerd
