#include <breakerd/storage/rocks/rocks_meta.hpp>

#include <functional>
#include <map>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>

namespace breakerd {
namespace {

constexpr char joined_mark = 5;

bool is_joined(std::string_view value) { return !value.empty() && value.front() == joined_mark; }

struct Joined {
  std::string_view head;
  std::string_view queue;
};

Result<Joined> split(std::string_view value) {
  BinaryReader in{value.substr(1)};
  const Joined rows{in.text(), in.text()};
  if (!in.done()) return make_error(ErrorCode::corrupt, "the row head, which has that of queue in it, cannot be read");
  return rows;
}

/// All rows, one by one.
Result<std::map<std::string, std::string, std::less<>>> read_all(const Database& database,
                                                                 const rocksdb::ReadOptions& how) {
  std::map<std::string, std::string, std::less<>> rows;
  const auto scanned = scan_kept_rows(database, how, Table::meta, {}, {},
                                      [&](std::string_view key, auto value) { return rows.emplace(key, value), true; });
  if (!scanned) return scanned.error();
  const auto head = rows.find(meta_key::head);
  if (head == rows.end() || !is_joined(head->second)) return rows;
  const auto joined = split(head->second);
  if (!joined) return joined.error();
  rows.insert_or_assign(std::string{meta_key::queue}, std::string{joined->queue});
  head->second = std::string{joined->head};
  return rows;
}

}  // namespace

rocksdb::Status MetaRows::put(std::string_view key, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                              rocksdb::WriteBatch& batch) {
  if (key == meta_key::queue) return queue_ = row, rocksdb::Status::OK();
  if (key != meta_key::head || !queue_) return batch.Put(family, full_key(Table::meta, key), row);
  std::string joined(1, joined_mark);
  joined.reserve(row.size() + queue_->size() + 4);
  BinaryWriter out{joined};
  out.text(row);
  out.text(*queue_);
  queue_.reset();
  return batch.Put(family, full_key(Table::meta, key), joined);
}

rocksdb::Status MetaRows::finish() const {
  return queue_ ? rocksdb::Status::NotSupported("a row of queue without one of", "head") : rocksdb::Status::OK();
}

Result<std::optional<std::string>> get_meta_row(const Database& database, const rocksdb::ReadOptions& how,
                                                std::string_view key) {
  const bool is_head = key == meta_key::head;
  if (!is_head && key != meta_key::queue) return get_kept_row(database, how, Table::meta, key);
  auto head = get_kept_row(database, how, Table::meta, meta_key::head);
  if (!head) return head;
  if (!*head || !is_joined(**head)) return is_head ? head : get_kept_row(database, how, Table::meta, key);
  const auto joined = split(**head);
  if (!joined) return joined.error();
  return std::optional<std::string>{is_head ? joined->head : joined->queue};
}

Result<ReadView::Rows> get_meta_rows(const Database& database, const rocksdb::ReadOptions& how,
                                     std::span<const std::string> keys) {
  ReadView::Rows rows;
  rows.reserve(keys.size());
  for (const std::string& key : keys) {
    auto row = get_meta_row(database, how, key);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  return rows;
}

Result<void> scan_meta_rows(const Database& database, const rocksdb::ReadOptions& how, std::string_view from,
                            std::string_view to, const ReadView::Visit& visit) {
  const auto rows = read_all(database, how);
  if (!rows) return rows.error();
  for (auto at = rows->lower_bound(from); at != rows->end() && (to.empty() || at->first < to); ++at)
    if (!visit(at->first, at->second)) break;
  return {};
}

Result<std::optional<std::string>> last_meta_key(const Database& database, const rocksdb::ReadOptions& how,
                                                 std::string_view before) {
  const auto rows = read_all(database, how);
  if (!rows) return rows.error();
  const auto behind = before.empty() ? rows->end() : rows->lower_bound(before);
  if (behind == rows->begin()) return std::optional<std::string>{};
  return std::optional{std::prev(behind)->first};
}

}  // namespace breakerd
