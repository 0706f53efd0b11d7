#pragma once
// Changes that become durable and visible together.

#include <string_view>

#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

class RowBatch {
 public:
  virtual ~RowBatch() = default;
  virtual void put(Table table, std::string_view key, std::string_view value) = 0;
  /// Not of events, payloads and jobs, whose rows stay for ever.
  virtual void erase(Table table, std::string_view key) = 0;
  /// Every row whose key starts with `prefix`, which is not empty. Rows put later in the same batch stay.
  virtual void erase_prefix(Table table, std::string_view prefix) = 0;
  /// Every row of a table, other than events, payloads and meta, that is there before this batch: for a rebuild.
  virtual void erase_all(Table table) = 0;
};

}  // namespace breakerd
