#include "storage/rocks_events.hpp"

#include <algorithm>
#include <limits>

#include "storage/rocks_database.hpp"

namespace breakerd {
namespace {

constexpr std::size_t seq_bytes = sizeof(Seq);
constexpr Seq no_seq = std::numeric_limits<Seq>::max();

std::string_view as_view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

/// The first seq whose key is not before `key`; `key` may be any bytes.
Seq first_seq_from(std::string_view key) {
  std::string whole{key.substr(0, seq_bytes)};
  whole.resize(seq_bytes, '\0');
  const Seq seq = read_big_endian(whole);
  return key.size() > seq_bytes && seq < no_seq ? seq + 1 : seq;
}

/// Stands on a row of the table, and looks into it.
class EventRows {
 public:
  EventRows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how)
      : at_{db.NewIterator(how, family)} {}

  [[nodiscard]] bool valid() const { return at_->Valid(); }
  [[nodiscard]] Result<void> status() const {
    if (!at_->status().ok()) return from_status(at_->status(), "reading events");
    return {};
  }

  /// To the row that has `seq`, or the first one behind it.
  void seek(Seq seq) {
    // The next row, most often: events are read one after the other, and many of them share a row.
    if (valid() && seq == last() + 1)
      at_->Next();
    else
      at_->Seek(number_key(seq));
  }
  /// To the last row that ends before `seq`.
  void seek_before(Seq seq) {
    at_->SeekForPrev(number_key(seq));
    if (valid() && last() >= seq) at_->Prev();
  }
  void seek_to_last() { at_->SeekToLast(); }
  void next() { at_->Next(); }

  [[nodiscard]] Seq last() const { return read_big_endian(as_view(at_->key())); }
  [[nodiscard]] Seq first() const { return last() - (count() - 1); }
  [[nodiscard]] bool has(Seq seq) const { return valid() && first() <= seq && seq <= last(); }

  /// Calls `visit` with each event's seq and row until it says false. True when it never did.
  Result<bool> each(const auto& visit) const {
    const std::string_view value = as_view(at_->value());
    if (is_single()) return visit(last(), value);
    BinaryReader in{value};
    Seq seq = first();
    for (std::size_t left = count(); left > 0; --left, ++seq) {
      const std::string_view row = in.text();
      if (!in.ok()) return unreadable();
      if (!visit(seq, row)) return false;
    }
    if (!in.done()) return unreadable();
    return true;
  }

  Result<std::string> row_of(Seq seq) const {
    std::string row;
    auto walked = each([&](Seq at, std::string_view bytes) {
      if (at == seq) row = bytes;
      return at < seq || seq == last();  // the last one goes to the end, which is looked at
    });
    if (!walked) return walked.error();
    return row;
  }

 private:
  [[nodiscard]] bool is_single() const { return at_->key().size() == seq_bytes; }
  [[nodiscard]] std::size_t count() const {
    return is_single() ? 1 : std::max<std::size_t>(1, static_cast<std::uint8_t>(at_->key()[seq_bytes]));
  }
  [[nodiscard]] Error unreadable() const {
    return make_error(ErrorCode::corrupt, "the row of events " + std::to_string(first()) + " to " +
                                              std::to_string(last()) + " cannot be read");
  }

  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

rocksdb::Status EventGroup::add(Seq seq, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                                rocksdb::WriteBatch& batch) {
  const bool fits = count_ > 0 && count_ < event_group_events_max && seq == last_ + 1 &&
                    value_.size() + row.size() <= event_group_bytes_max;
  if (count_ > 0 && !fits)
    if (auto status = finish(family, batch); !status.ok()) return status;
  BinaryWriter out{value_};
  out.number(row.size());
  if (count_ == 0) first_begins_ = value_.size();
  value_ += row;
  last_ = seq;
  ++count_;
  return rocksdb::Status::OK();
}

rocksdb::Status EventGroup::finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch) {
  if (count_ == 0) return rocksdb::Status::OK();
  std::string key = number_key(last_);
  std::string_view value = value_;
  if (count_ == 1)
    value.remove_prefix(first_begins_);
  else
    key += static_cast<char>(count_);
  auto status = batch.Put(family, key, value);
  count_ = 0;
  value_.clear();
  return status;
}

Result<std::optional<std::string>> get_event_row(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                 const rocksdb::ReadOptions& how, std::string_view key) {
  if (key.size() != seq_bytes) return std::optional<std::string>{};
  const std::string wanted{key};
  auto rows = get_event_rows(db, family, how, {&wanted, 1});
  if (!rows) return rows.error();
  return std::move(rows->front());
}

Result<ReadView::Rows> get_event_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                      const rocksdb::ReadOptions& how, std::span<const std::string> keys) {
  ReadView::Rows found(keys.size());
  EventRows rows{db, family, how};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].size() != seq_bytes) continue;
    const Seq seq = read_big_endian(keys[i]);
    if (!rows.has(seq)) rows.seek(seq);
    if (auto ok = rows.status(); !ok) return ok.error();
    if (!rows.has(seq)) continue;
    auto row = rows.row_of(seq);
    if (!row) return row.error();
    found[i] = std::move(*row);
  }
  return found;
}

Result<void> scan_event_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, rocksdb::ReadOptions how,
                             std::string_view from, std::string_view to, const ReadView::Visit& visit) {
  const Seq first = first_seq_from(from);
  const Seq end = to.empty() ? no_seq : first_seq_from(to);
  // A row that ends behind the last event wanted may begin before it.
  const std::string bound = end < no_seq - event_group_events_max ? number_key(end + event_group_events_max) : "";
  const rocksdb::Slice upper{bound};
  if (!bound.empty()) how.iterate_upper_bound = &upper;
  EventRows rows{db, family, how};
  for (rows.seek(first); rows.valid() && rows.first() < end; rows.next()) {
    auto all = rows.each([&](Seq seq, std::string_view row) {
      if (seq < first) return true;
      return seq < end && visit(number_key(seq), row);
    });
    if (!all) return all.error();
    if (!*all) return {};
  }
  return rows.status();
}

Result<std::optional<std::string>> last_event_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                  const rocksdb::ReadOptions& how, std::string_view before) {
  EventRows rows{db, family, how};
  const Seq end = before.empty() ? no_seq : first_seq_from(before);
  if (end == 0) return std::optional<std::string>{};
  rows.seek(end - 1);
  const bool is_inside = end != no_seq && rows.has(end - 1);
  if (!is_inside && end != no_seq) rows.seek_before(end);
  if (end == no_seq) rows.seek_to_last();
  if (auto ok = rows.status(); !ok) return ok.error();
  if (!rows.valid()) return std::optional<std::string>{};
  return std::optional<std::string>{number_key(is_inside ? end - 1 : rows.last())};
}

}  // namespace breakerd
