#include <breakerd/storage/rocks/rocks_seq_rows.hpp>

#include <algorithm>

#include <breakerd/storage/rocks/rocks_database.hpp>

namespace breakerd {
namespace {

constexpr std::size_t seq_bytes = sizeof(Seq);

}  // namespace

rocksdb::Status SeqGroup::add(Seq seq, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                              rocksdb::WriteBatch& batch) {
  const Seq gap = count_ == 0 ? 0 : seq - last_ - 1;
  const bool fits = gap <= seq_group_gap_max && count_ + gap < seq_group_rows_max &&
                    value_.size() + gap + row.size() <= seq_group_bytes_max;
  if (count_ > 0 && !fits) {
    if (auto status = finish(family, batch); !status.ok()) return status;
  } else {
    value_.append(gap, '\0');  // as many rows of no bytes
    count_ += gap;
  }
  BinaryWriter out{value_};
  out.number(row.size());
  if (count_ == 0) first_begins_ = value_.size();
  value_ += row;
  last_ = seq;
  ++count_;
  return rocksdb::Status::OK();
}

rocksdb::Status SeqGroup::finish(rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch) {
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

SeqRows::SeqRows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::ReadOptions& how)
    : at_{db.NewIterator(how, family)}, name_{family->GetName()} {}

void SeqRows::seek(Seq seq) {
  // The next row, most often: events are read one after the other.
  if (valid() && last() < seq && seq - last() == 1)
    at_->Next();
  else
    at_->Seek(number_key(seq));
}

void SeqRows::seek_before(Seq seq) {
  at_->SeekForPrev(number_key(seq));
  if (valid() && last() >= seq) at_->Prev();
}

void SeqRows::seek_to_last() { at_->SeekToLast(); }
void SeqRows::next() { at_->Next(); }

Result<void> SeqRows::check() const {
  if (!at_->status().ok()) return from_status(at_->status(), "reading " + name_);
  if (!valid()) return {};
  const std::size_t size = at_->key().size();
  const bool sound = size == seq_bytes || (size == seq_bytes + 1 && count() > 1 && count() <= last());
  if (!sound) return unreadable();
  return {};
}

Seq SeqRows::last() const {
  const std::string_view key = as_view(at_->key());
  return key.size() < seq_bytes ? 0 : read_big_endian(key);
}

bool SeqRows::is_single() const { return at_->key().size() <= seq_bytes; }

std::size_t SeqRows::count() const { return is_single() ? 1 : static_cast<std::uint8_t>(at_->key()[seq_bytes]); }

Error SeqRows::unreadable() const {
  return make_error(ErrorCode::corrupt, "the row of " + std::to_string(count()) + " " + name_ + " up to event " +
                                            std::to_string(last()) + " cannot be read");
}

std::optional<std::string_view> RowsInGroup::take() {
  ++next_;
  --left_;
  if (single_) return single_;
  const std::string_view row = in_.text();
  if (!in_.ok() || (left_ == 0 && !in_.done())) return std::nullopt;
  return row;
}

RowsInGroup SeqRows::group() const { return {as_view(at_->value()), first(), count(), is_single()}; }

Result<bool> SeqRows::each(const std::function<bool(Seq, std::string_view)>& visit) const {
  for (RowsInGroup rows = group(); !rows.done();) {
    const Seq seq = rows.next();
    const auto row = rows.take();
    if (!row) return unreadable();
    if (!row->empty() && !visit(seq, *row)) return false;
  }
  return true;
}

Result<std::optional<std::string>> SeqReader::get(std::string_view key) {
  std::optional<std::string> row;
  if (key.size() != seq_bytes) return row;
  const Seq seq = read_big_endian(key);
  if (!rows_.has(seq)) {
    rest_.reset();
    rows_.seek(seq);
  }
  if (auto ok = rows_.check(); !ok) return ok.error();
  if (!rows_.has(seq)) return row;
  if (!rest_ || rest_->done() || rest_->next() > seq) rest_ = rows_.group();
  while (!rest_->done() && rest_->next() <= seq) {
    const auto taken = rest_->take();
    if (!taken) return rest_.reset(), rows_.unreadable();
    if (rest_->next() == seq + 1 && !taken->empty()) row = *taken;
  }
  return row;
}

Result<ReadView::Rows> SeqReader::get_many(std::span<const std::string> keys) {
  ReadView::Rows found;
  found.reserve(keys.size());
  for (const std::string& key : keys) {
    auto row = get(key);
    if (!row) return row.error();
    found.push_back(std::move(*row));
  }
  return found;
}

Result<void> scan_seq_rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, rocksdb::ReadOptions how,
                           std::string_view from, std::string_view to, const ReadView::Visit& visit) {
  const Seq first = first_number_from(from);
  const Seq end = to.empty() ? no_number : first_number_from(to);
  // A row that ends behind the last event wanted may begin before it.
  const std::string bound = end < no_number - seq_group_rows_read ? number_key(end + seq_group_rows_read) : "";
  const rocksdb::Slice upper{bound};
  if (!bound.empty()) how.iterate_upper_bound = &upper;
  SeqRows rows{db, family, how};
  for (rows.seek(first); rows.valid(); rows.next()) {
    if (auto ok = rows.check(); !ok) return ok.error();
    if (rows.first() >= end) return {};
    auto all = rows.each([&](Seq seq, std::string_view row) {
      if (seq < first) return true;
      return seq < end && visit(number_key(seq), row);
    });
    if (!all) return all.error();
    if (!*all) return {};
  }
  return rows.check();
}

Result<std::optional<std::string>> last_seq_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                                const rocksdb::ReadOptions& how, std::string_view before) {
  SeqRows rows{db, family, how};
  std::optional<std::string> key;
  const Seq end = before.empty() ? no_number : first_number_from(before);
  if (end == 0) return key;
  rows.seek(end - 1);
  if (auto ok = rows.check(); !ok) return ok.error();
  if (end != no_number && rows.has(end - 1)) {  // a group may go on behind it, and may have no row before it
    auto ok = rows.each([&](Seq seq, std::string_view) { return seq < end && (key = number_key(seq), true); });
    if (!ok) return ok.error();
    if (key) return key;
  }
  if (end == no_number)
    rows.seek_to_last();
  else
    rows.seek_before(end);
  if (auto ok = rows.check(); !ok) return ok.error();
  if (rows.valid()) key = number_key(rows.last());
  return key;
}

}  // namespace breakerd
