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

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events/ids.hpp"
#include "storage/read_view.hpp"

namespace breakerd {

inline constexpr std::size_t event_group_bytes_max = 8 << 10;
inline constexpr std::size_t event_group_events_max = 64;

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
[[nodiscard]] Result<std::optional<std::string>> get_event_row(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                               const rocksdb::ReadOptions& how, std::string_view key);
[[nodiscard]] Result<ReadView::Rows> get_event_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                    const rocksdb::ReadOptions& how, std::span<const std::string> keys);
[[nodiscard]] Result<void> scan_event_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                           rocksdb::ReadOptions how, std::string_view from, std::string_view to,
                                           const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_event_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                                const rocksdb::ReadOptions& how,
                                                                std::string_view before);

}  // namespace breakerd
