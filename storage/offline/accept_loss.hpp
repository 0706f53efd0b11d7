#pragma once
// Going on with a log that has lost events, for an operator who has decided to. The one offline tool that writes.

#include <filesystem>
#include <optional>
#include <string>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

struct LossReport {
  Position end;                     ///< where the log ends
  std::optional<Seq> acknowledged;  ///< how far HEAD said it went; nullopt: HEAD was missing or unreadable
  std::string problem;              ///< why the log was refused; empty: nothing is missing, and nothing was done

  /// How many acknowledged events are given up, as far as HEAD could tell: end.seq + 1 and on.
  [[nodiscard]] Seq given_up() const {
    return acknowledged && *acknowledged > end.seq ? *acknowledged - end.seq : Seq{0};
  }
};

/// Makes HEAD say what the log has (accept_log_as_it_is()), when something is missing. An intact log is left as it is.
/// Errors: `storage` when `directory` is no data directory (nothing is made in it) or a daemon has it; `corrupt` when
/// the damage is such that accepting is of no use, with what to do in the detail.
[[nodiscard]] Result<LossReport> accept_loss(const std::filesystem::path& directory);

}  // namespace breakerd
