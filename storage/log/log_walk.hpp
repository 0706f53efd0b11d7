#pragma once
// A walk over the whole log of a view, with its chain recomputed.

#include <functional>
#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

struct WalkedEvent {
  Seq seq = 0;
  std::string_view body;
  Digest hash{};       ///< as stored
  bool chains = true;  ///< whether it follows the stored hash of the event before
};

/// Events 1, 2, 3... until `visit` says false or the log ends. `corrupt` at the first one that is missing or is no
/// event's row; `storage` or `corrupt` for what cannot be read. Either names the place.
[[nodiscard]] Result<void> walk_log(const ReadView& view, const std::function<bool(const WalkedEvent&)>& visit);

}  // namespace breakerd
