#include "storage/row_read.hpp"

namespace breakerd {

Result<QueueState> read_queue(const ReadView& view) {
  auto counts = view.get(Table::meta, meta_key::queue);
  if (!counts) return counts.error();
  auto holds = view.get(Table::meta, meta_key::holds);
  if (!holds) return holds.error();
  if (!*counts || !*holds) return QueueState{};
  return decode_queue(**counts, **holds);
}

Result<DecodedEvent> read_event(const ReadView& view, Seq seq) {
  auto row = view.get(Table::events, number_key(seq));
  if (!row) return row.error();
  if (!*row) return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + " is missing");
  auto stored = split_event(**row);
  if (!stored) return stored.error();
  auto event = decode_event(stored->body);
  if (!event) return event.error();
  return DecodedEvent{std::move(*event), stored->hash};
}

Result<JobSpecPtr> read_spec(const ReadView& view, const JobRow& row) {
  auto decoded = read_event(view, row.enqueued);
  if (!decoded) return decoded.error();
  const auto* enqueued = std::get_if<JobEnqueued>(&decoded->event.data);
  if (enqueued == nullptr || enqueued->job != row.id)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(row.enqueued) + " is not the enqueueing of job " +
                                              std::to_string(row.id));
  return enqueued->spec;
}

}  // namespace breakerd
