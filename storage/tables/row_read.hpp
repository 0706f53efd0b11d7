#pragma once
// Typed reads of single rows.

#include <optional>
#include <string_view>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_codec.hpp>
#include <breakerd/storage/tables/stored_event.hpp>

namespace breakerd {

/// `error` with the row named that it is about, as `verify` names it.
[[nodiscard]] Error of_row(Table table, std::string_view key, Error error);

/// The same of an event.
[[nodiscard]] Error of_event(Seq seq, Error error);
/// `corrupt`: the log has later events, but not this one.
[[nodiscard]] Error missing_event(Seq seq);

/// As decode(), with the row named in the error.
template <class Row>
[[nodiscard]] Result<Row> decode_row(Table table, std::string_view key, std::string_view bytes) {
  auto row = decode<Row>(bytes);
  if (!row) return of_row(table, key, row.error());
  return row;
}

/// nullopt when there is no such row.
template <class Row>
[[nodiscard]] Result<std::optional<Row>> read_row(const ReadView& view, Table table, std::string_view key) {
  auto bytes = view.get(table, key);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Row>{};
  auto row = decode_row<Row>(table, key, **bytes);
  if (!row) return row.error();
  return std::optional<Row>{std::move(*row)};
}

/// Hands each row of the table from the key `from` on to `each(row)`, in the order of their keys, until that gives
/// false. Ends at the first one that cannot be read, with its error.
template <class Row>
[[nodiscard]] Result<void> scan_rows(const ReadView& view, Table table, std::string_view from, auto each) {
  Result<void> outcome;
  auto scanned = view.scan(table, from, {}, [&](std::string_view key, std::string_view value) {
    auto row = decode_row<Row>(table, key, value);
    if (!row) return outcome = row.error(), false;
    return each(std::move(*row));
  });
  return scanned ? outcome : scanned;
}

/// As read_row, where a missing row means that the data directory contradicts itself.
template <class Row>
[[nodiscard]] Result<Row> read_known_row(const ReadView& view, Table table, std::string_view key) {
  auto row = read_row<Row>(view, table, key);
  if (!row) return row.error();
  if (!*row) return of_row(table, key, make_error(ErrorCode::corrupt, "it is missing"));
  return std::move(**row);
}

/// Empty where there is no such row.
[[nodiscard]] Result<LeaseLimits> read_limits(const ReadView& view);

/// The job that holds the unique key; 0: none does.
[[nodiscard]] Result<JobId> read_key_holder(const ReadView& view, std::string_view key);

/// The queue's state; that of an empty log when nothing was written yet.
[[nodiscard]] Result<QueueState> read_queue(const ReadView& view);

struct DecodedEvent {
  Event event;
  Digest hash{};
};
/// The event that the row at `seq` of the events table holds, without its payload.
[[nodiscard]] Result<DecodedEvent> decode_event_row(Seq seq, std::string_view row);
/// The event at `seq`, without its payload. `corrupt` when it is not there.
[[nodiscard]] Result<DecodedEvent> read_bare_event(const ReadView& view, Seq seq);
/// The event at `seq`, with its payload. `corrupt` when one of them is not there.
[[nodiscard]] Result<DecodedEvent> read_event(const ReadView& view, Seq seq,
                                              MissingPayload missing = MissingPayload::is_damage);

/// What a producer said of the job: its JobEnqueued event.
[[nodiscard]] Result<JobSpecPtr> read_spec(const ReadView& view, const JobRow& row,
                                           MissingPayload missing = MissingPayload::is_damage);

/// Rows and specs of many jobs, by the keys of their rows. Those that are not there are left out; so are those behind
/// the one whose spec goes past `spec_bytes_max`, and those from one on that cannot be read: an error when that is the
/// first.
struct ReadJob {
  JobRow row;
  JobSpecPtr spec;
};
[[nodiscard]] Result<std::vector<ReadJob>> read_jobs(const ReadView& view, std::span<const std::string> keys,
                                                     std::size_t spec_bytes_max);

}  // namespace breakerd
