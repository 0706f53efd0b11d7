#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

Result<ReadView::Rows> ReadView::get_many(Table table, std::span<const std::string> keys) const {
  Rows rows;
  rows.reserve(keys.size());
  for (const std::string& key : keys) {
    auto row = get(table, key);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace breakerd
