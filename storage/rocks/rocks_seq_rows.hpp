#pragma once
// How the tables that are sorted by seq, events and payloads, are kept in RocksDB: the rows of one commit that follow
// each other share one of up to seq_group_bytes_max, a group, because a row costs RocksDB about as much as what is in
// it. Above this everything reads and writes row by row.
//
// The key of a group is the last seq in it (8 bytes big-endian) and how many seqs it spans (1 byte); its value has, for
// each seq, the length of the row (LEB128) and the row. The length is 0 where there is no row: not every event has a
// payload. A row that is alone has its seq as key; logs of before there were groups have nothing else.

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

inline constexpr std::size_t seq_group_bytes_max = 8 << 10;
inline constexpr std::size_t seq_group_rows_max = 64;    ///< that one spans when it is written
inline constexpr std::size_t seq_group_rows_read = 255;  ///< that its key can tell of
static_assert(seq_group_rows_max <= seq_group_rows_read);
inline constexpr std::size_t seq_group_gap_max = 16;  ///< seqs without a row that it is gone on over

/// Gathers rows on their way into a batch.
class SeqGroup {
 public:
  /// Takes the row of a seq behind the last one; puts what was gathered before into `batch` when this one has no room
  /// in it. A row has at least one byte.
  [[nodiscard]] rocksdb::Status add(Seq seq, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                                    rocksdb::WriteBatch& batch);
  /// Puts what was gathered into `batch`.
  [[nodiscard]] rocksdb::Status finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch);

 private:
  Seq last_ = 0;
  std::size_t count_ = 0;
  std::size_t first_begins_ = 0;  ///< where the first row begins, behind its length
  std::string value_;
};

// What ReadView promises of such a table, with the keys that it has there: seqs.

/// Walks over the rows of a group.
class RowsInGroup {
 public:
  /// Of `count` seqs, the first one `first`; a row that is alone has no length before it.
  RowsInGroup(std::string_view value, Seq first, std::size_t count, bool is_single)
      : in_{value}, single_{is_single ? std::optional{value} : std::nullopt}, next_{first}, left_{count} {}

  /// The seq of the row that take() gives; only while there is one.
  [[nodiscard]] Seq next() const { return next_; }
  [[nodiscard]] bool done() const { return left_ == 0; }
  /// The row, empty when the seq has none; nullopt when the bytes are not those of a group, which the last one looks at
  /// the end for.
  [[nodiscard]] std::optional<std::string_view> take();

 private:
  BinaryReader in_;
  std::optional<std::string_view> single_;
  Seq next_;
  std::size_t left_;
};

/// Stands on one of the table's groups, or a row that is alone. Errors of the table come as `corrupt` or `storage` from
/// check().
class SeqRows {
 public:
  SeqRows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how);

  /// To the group or row that spans `seq`, or the first one behind it.
  void seek(Seq seq);
  /// To the last one that ends before `seq`.
  void seek_before(Seq seq);
  void seek_to_last();
  void next();

  /// Whether the table, and the row it stands on, can be read.
  [[nodiscard]] Result<void> check() const;
  /// False behind the last row.
  [[nodiscard]] bool valid() const { return at_->Valid(); }
  /// The first and the last seq of the group, or row, it stands on.
  [[nodiscard]] Seq first() const { return last() - (count() - 1); }
  [[nodiscard]] Seq last() const;
  [[nodiscard]] bool has(Seq seq) const { return valid() && first() <= seq && seq <= last(); }

  /// Calls `visit` with each seq that has a row, and the row, until it says false. True when it never did.
  [[nodiscard]] Result<bool> each(const std::function<bool(Seq, std::string_view)>& visit) const;
  /// The rows, from the first. Only as long as this stands where it stands.
  [[nodiscard]] RowsInGroup group() const;
  /// What to say when they cannot be taken.
  [[nodiscard]] Error unreadable() const;

 private:
  [[nodiscard]] bool is_single() const;
  [[nodiscard]] std::size_t count() const;

  std::unique_ptr<rocksdb::Iterator> at_;
  std::string name_;  ///< of the table
};

/// Gets single rows. Keeps its place: one in the same group as the last one, or in the next, costs little.
class SeqReader {
 public:
  SeqReader(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how)
      : rows_{db, family, how} {}

  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);
  [[nodiscard]] Result<ReadView::Rows> get_many(std::span<const std::string> keys);

 private:
  SeqRows rows_;
  std::optional<RowsInGroup> rest_;  ///< of the row it stands on, what is behind the last one given
};

[[nodiscard]] Result<void> scan_seq_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, rocksdb::ReadOptions how,
                                         std::string_view from, std::string_view to, const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_seq_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                              const rocksdb::ReadOptions& how, std::string_view before);

}  // namespace breakerd
