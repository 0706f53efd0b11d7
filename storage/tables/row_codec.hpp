#pragma once
// Rows to bytes and back: a version byte, then the fields in the order of rows.hpp. The projection can always be made
// anew from the log, so a change of a row's shape only raises row_version and
// newest_row_format (row_format.hpp).

#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/schedule.hpp>

namespace breakerd {

inline constexpr std::uint8_t row_version = 10;
/// Of `head`. An older breakerd, which does not ask for the format of the projection, refuses this one.
inline constexpr std::uint8_t head_row_version = 4;

/// A place in the log and the chain's hash there.
struct Position {
  Seq seq = 0;
  Digest hash{};

  friend bool operator==(const Position&, const Position&) = default;
};

/// The end of the log, and a place not far before it from which the chain is checked at every start.
struct HeadRow {
  Position last;
  Position checkpoint;
};

/// An append that had an operation id.
struct OperationRow {
  std::uint64_t number = 0;  ///< of all operations, from 1
  Seq first = 0;             ///< its events
  Seq last = 0;
};

[[nodiscard]] std::string encode(const HeadRow& row);
[[nodiscard]] std::string encode(const OperationRow& row);
[[nodiscard]] std::string encode(const BreakerState& row);
[[nodiscard]] std::string encode(const JobRow& row);
[[nodiscard]] std::string encode(const LaneRow& row);
[[nodiscard]] std::string encode(const CampaignRow& row);
[[nodiscard]] std::string encode(const JobCommandRow& row);
[[nodiscard]] std::string encode(const JobTypeRow& row);
[[nodiscard]] std::string encode(const ScheduleRow& row);
[[nodiscard]] std::string encode_counts(const QueueState& queue);
[[nodiscard]] std::string encode_holds(const QueueState& queue);  ///< of both kinds
[[nodiscard]] std::string encode_classes(const std::vector<JobClass>& classes);

/// `corrupt` when the bytes are not a row of this kind.
template <class Row>
[[nodiscard]] Result<Row> decode(std::string_view bytes);
[[nodiscard]] std::string encode_limits(const LeaseLimits& limits);
[[nodiscard]] Result<LeaseLimits> decode_limits(std::string_view bytes);
[[nodiscard]] Result<QueueState> decode_queue(std::string_view counts, std::string_view holds);
[[nodiscard]] Result<std::vector<JobClass>> decode_classes(std::string_view bytes);

}  // namespace breakerd
