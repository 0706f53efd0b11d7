#include <breakerd/storage/tables/row_read.hpp>

#include <breakerd/storage/tables/row_name.hpp>

namespace breakerd {

Error of_row(Table table, std::string_view key, Error error) {
  error.detail = row_name(table, key) + ": " + error.detail;
  return error;
}

Error of_event(Seq seq, Error error) {
  error.detail = "event " + std::to_string(seq) + ": " + error.detail;
  return error;
}

Error missing_event(Seq seq) { return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + " is missing"); }

Result<DecodedEvent> decode_event_row(Seq seq, std::string_view row) {
  auto stored = split_event(row);
  if (!stored) return of_event(seq, stored.error());
  auto event = decode_event(stored->body);
  if (!event) return of_event(seq, event.error());
  return DecodedEvent{std::move(*event), stored->hash};
}

Result<JobId> read_key_holder(const ReadView& view, std::string_view key) {
  auto value = view.get(Table::unique_keys, key);
  if (!value) return value.error();
  if (!*value) return JobId{0};
  const JobId job = (*value)->size() == sizeof(JobId) ? read_big_endian(**value) : 0;
  if (job == 0) return of_row(Table::unique_keys, key, make_error(ErrorCode::corrupt, "it is no number of a job"));
  return job;
}

Result<LeaseLimits> read_limits(const ReadView& view) {
  auto row = view.get(Table::meta, meta_key::limits);
  if (!row) return row.error();
  if (!*row) return LeaseLimits{};
  auto limits = decode_limits(**row);
  if (!limits) return of_row(Table::meta, meta_key::limits, limits.error());
  return limits;
}

Result<QueueState> read_queue(const ReadView& view) {
  auto counts = view.get(Table::meta, meta_key::queue);
  if (!counts) return counts.error();
  auto holds = view.get(Table::meta, meta_key::holds);
  if (!holds) return holds.error();
  if (!*counts || !*holds) return QueueState{};
  return decode_queue(**counts, **holds);
}

namespace {

Result<JobSpecPtr> spec_in(const Event& event, const JobRow& row) {
  const auto* enqueued = std::get_if<JobEnqueued>(&event.data);
  if (enqueued == nullptr || enqueued->job != row.id)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(row.enqueued) + " is not the enqueueing of job " +
                                              std::to_string(row.id));
  return enqueued->spec;
}

}  // namespace

Result<DecodedEvent> read_bare_event(const ReadView& view, Seq seq) {
  auto row = view.get(Table::events, number_key(seq));
  if (!row) return row.error();
  if (!*row) return missing_event(seq);
  return decode_event_row(seq, **row);
}

Result<DecodedEvent> read_event(const ReadView& view, Seq seq, MissingPayload missing) {
  auto decoded = read_bare_event(view, seq);
  if (!decoded) return decoded.error();
  if (auto ok = read_payload(view, seq, decoded->event.data, missing); !ok) return ok.error();
  return decoded;
}

Result<JobSpecPtr> read_spec(const ReadView& view, const JobRow& row, MissingPayload missing) {
  auto decoded = read_event(view, row.enqueued, missing);
  if (!decoded) return decoded.error();
  return spec_in(decoded->event, row);
}

Result<std::vector<ReadJob>> read_jobs(const ReadView& view, std::span<const std::string> keys,
                                       std::size_t spec_bytes_max) {
  auto rows = view.get_many(Table::jobs, keys);
  if (!rows) return rows.error();
  std::vector<ReadJob> jobs;
  jobs.reserve(keys.size());
  std::size_t spec_bytes = 0;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto& bytes = (*rows)[i];
    if (!bytes) continue;
    auto row = decode_row<JobRow>(Table::jobs, keys[i], *bytes);
    auto spec = row ? read_spec(view, *row) : row.error();
    if (!spec && jobs.empty()) return spec.error();
    if (!spec) break;
    spec_bytes += (*spec)->text_bytes();
    jobs.push_back({std::move(*row), std::move(*spec)});
    if (spec_bytes > spec_bytes_max) break;
  }
  return jobs;
}

}  // namespace breakerd
