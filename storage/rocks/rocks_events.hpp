#pragma once
// How the events table is kept in RocksDB: the events of one commit that follow each other share rows of up to
// event_group_bytes_max, because a row costs RocksDB about as much as what is in it. Above this everything reads and
// writes event by event.
//
// The key of a group is the seq of its last event (8 bytes big-endian) and its number of events (1 byte); its value has
// each event's row behind its length (LEB128). An event that is alone has its seq as key and its row as value; logs of
// before there were groups have nothing else.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

inline constexpr std::size_t event_group_bytes_max = 8 << 10;
inline constexpr std::size_t event_group_events_max = 64;    ///< that are written into one
inline constexpr std::size_t event_group_events_read = 255;  ///< that its key can tell of
static_assert(event_group_events_max <= event_group_events_read);

/// Gathers events on their way into a batch.
class EventGroup {
 public:
  /// Takes the next event's row; puts what was gathered before into `batch` when this one has no room in it.
  [[nodiscard]] rocksdb::Status add(Seq seq, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                                    rocksdb::WriteBatch& batch);
  /// Puts what was gathered into `batch`.
  [[nodiscard]] rocksdb::Status finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch);

 private:
  Seq last_ = 0;
  std::size_t count_ = 0;
  std::size_t first_begins_ = 0;  ///< where the first one's row begins, behind its length
  std::string value_;
};

// What ReadView promises of the events table, with the keys that it has there: seqs.

/// Walks over the events that share a row.
class EventsInRow {
 public:
  /// Of `count` events, the first one `first`; one that has a row to itself has no length before it.
  EventsInRow(std::string_view value, Seq first, std::size_t count, bool is_single)
      : in_{value}, single_{is_single ? std::optional{value} : std::nullopt}, next_{first}, left_{count} {}

  /// The seq of the event that take() gives; only while there is one.
  [[nodiscard]] Seq next() const { return next_; }
  [[nodiscard]] bool done() const { return left_ == 0; }
  /// The event's row; nullopt when the bytes are not those of such a row, which the last one looks at the end for.
  [[nodiscard]] std::optional<std::string_view> take();

 private:
  BinaryReader in_;
  std::optional<std::string_view> single_;
  Seq next_;
  std::size_t left_;
};

/// Stands on one of the table's rows. Errors of the table come as `corrupt` or `storage` from check().
class EventRows {
 public:
  EventRows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how);

  /// To the row that has `seq`, or the first one behind it.
  void seek(Seq seq);
  /// To the last row that ends before `seq`.
  void seek_before(Seq seq);
  void seek_to_last();
  void next();

  /// Whether the table, and the row it stands on, can be read.
  [[nodiscard]] Result<void> check() const;
  /// False behind the last row.
  [[nodiscard]] bool valid() const { return at_->Valid(); }
  /// The seqs of the row's first and last event.
  [[nodiscard]] Seq first() const { return last() - (count() - 1); }
  [[nodiscard]] Seq last() const;
  [[nodiscard]] bool has(Seq seq) const { return valid() && first() <= seq && seq <= last(); }

  /// Calls `visit` with the seq and row of each event until it says false. True when it never did.
  [[nodiscard]] Result<bool> each(const std::function<bool(Seq, std::string_view)>& visit) const;
  /// The row's events, from its first. Only as long as this stands where it stands.
  [[nodiscard]] EventsInRow events() const;
  /// What to say when they cannot be taken.
  [[nodiscard]] Error unreadable() const;

 private:
  [[nodiscard]] bool is_single() const;
  [[nodiscard]] std::size_t count() const;

  std::unique_ptr<rocksdb::Iterator> at_;
};

/// Gets single events. Keeps its place: one that shares a row with the last one, or is in the next, costs little.
class EventReader {
 public:
  EventReader(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how)
      : rows_{db, family, how} {}

  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);
  [[nodiscard]] Result<ReadView::Rows> get_many(std::span<const std::string> keys);

 private:
  EventRows rows_;
  std::optional<EventsInRow> rest_;  ///< of the row it stands on, what is behind the last one given
};

[[nodiscard]] Result<void> scan_event_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                           rocksdb::ReadOptions how, std::string_view from, std::string_view to,
                                           const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_event_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                                const rocksdb::ReadOptions& how,
                                                                std::string_view before);

}  // namespace breakerd
