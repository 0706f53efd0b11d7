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

namespace {

Result<DecodedEvent> decode_stored(const std::optional<std::string>& row, Seq seq) {
  if (!row) return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + " is missing");
  auto stored = split_event(*row);
  if (!stored) return stored.error();
  auto event = decode_event(stored->body);
  if (!event) return event.error();
  return DecodedEvent{std::move(*event), stored->hash};
}

Result<JobSpecPtr> spec_in(const Event& event, const JobRow& row) {
  const auto* enqueued = std::get_if<JobEnqueued>(&event.data);
  if (enqueued == nullptr || enqueued->job != row.id)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(row.enqueued) + " is not the enqueueing of job " +
                                              std::to_string(row.id));
  return enqueued->spec;
}

}  // namespace

Result<DecodedEvent> read_event(const ReadView& view, Seq seq) {
  auto row = view.get(Table::events, number_key(seq));
  if (!row) return row.error();
  return decode_stored(*row, seq);
}

Result<JobSpecPtr> read_spec(const ReadView& view, const JobRow& row) {
  auto decoded = read_event(view, row.enqueued);
  if (!decoded) return decoded.error();
  return spec_in(decoded->event, row);
}

Result<std::vector<ReadJob>> read_jobs(const ReadView& view, std::span<const std::string> keys) {
  auto rows = view.get_many(Table::jobs, keys);
  if (!rows) return rows.error();
  std::vector<ReadJob> jobs;
  std::vector<std::string> event_keys;
  for (const auto& bytes : *rows) {
    if (!bytes) continue;
    auto row = decode<JobRow>(*bytes);
    if (!row) return row.error();
    event_keys.push_back(number_key(row->enqueued));
    jobs.push_back({std::move(*row), nullptr});
  }
  auto events = view.get_many(Table::events, event_keys);
  if (!events) return events.error();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto event = decode_stored((*events)[i], jobs[i].row.enqueued);
    if (!event) return event.error();
    auto spec = spec_in(event->event, jobs[i].row);
    if (!spec) return spec.error();
    jobs[i].spec = std::move(*spec);
  }
  return jobs;
}

}  // namespace breakerd
