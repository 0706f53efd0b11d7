#include <breakerd/storage/projection/operations.hpp>

#include <algorithm>

#include <breakerd/events/codec/request_name.hpp>
#include <breakerd/storage/log/event_log.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {

static_assert(operations_kept < key_uses);  // so that no request's key is used up

Result<void> Operations::load() {
  added_.clear();
  last_ = 0;
  const auto last = base_.last_key(Table::operation_order, {});
  if (!last) return last.error();
  if (*last) last_ = read_big_endian(**last);
  return {};
}

Result<std::optional<OperationRow>> Operations::find(const OperationId& id) const {
  if (const auto at = added_.find(id); at != added_.end()) return std::optional{at->second};
  return read_row<OperationRow>(base_, Table::operations, uuid_key(id));
}

Result<void> Operations::add(const Operation& operation, Seq first, RowBatch& batch) {
  const auto known = find(operation.id);
  if (!known) return known.error();
  if (*known)
    return make_error(ErrorCode::misfit, "event " + std::to_string(first) + " begins operation " +
                                             operation.id.to_string() + " again, which event " +
                                             std::to_string((*known)->first) + " began");
  const OperationRow row{++last_, first, first + operation.events - 1};
  batch.put(Table::operations, uuid_key(operation.id), encode(row));
  batch.put(Table::operation_order, number_key(row.number), uuid_key(operation.id));
  added_.emplace(operation.id, row);
  return row.number > operations_kept ? drop(row.number - operations_kept, batch) : Result<void>{};
}

/// In a rebuild, one commit may add more than are kept: then the one to be dropped is in the same batch.
Result<void> Operations::drop(std::uint64_t number, RowBatch& batch) {
  const std::string key = number_key(number);
  const auto in_batch =
      std::find_if(added_.begin(), added_.end(), [&](const auto& one) { return one.second.number == number; });
  if (in_batch != added_.end()) {
    batch.erase(Table::operations, uuid_key(in_batch->first));
    added_.erase(in_batch);
  } else {
    const auto id = base_.get(Table::operation_order, key);
    if (!id) return id.error();
    if (!*id) return make_error(ErrorCode::corrupt, "the projection does not have operation " + std::to_string(number));
    batch.erase(Table::operations, **id);
  }
  batch.erase(Table::operation_order, key);
  return {};
}

}  // namespace breakerd
