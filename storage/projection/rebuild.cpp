#include <breakerd/storage/projection/rebuild.hpp>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/rules/step_check.hpp>
#include <breakerd/storage/projection/projected_log.hpp>
#include <breakerd/storage/projection/projector.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/stored_event.hpp>

namespace breakerd {
namespace {

constexpr std::size_t events_per_commit = 16'384;
constexpr std::size_t bytes_per_commit = 4 << 20;     ///< of events; about what their rows take
constexpr std::size_t campaign_row_bytes = 64 << 10;  ///< with all its texts, about
constexpr std::size_t events_read_ahead = 1'024;      ///< whose jobs' rows are read at once
constexpr std::size_t bytes_read_ahead = 1 << 20;     ///< of these: older events have their payloads in them

/// Every row that follows from the events.
Result<void> erase_rows(const RowStore& store, RowBatch& batch) {
  for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i) {
    const auto table = static_cast<Table>(i);
    if (!is_record(table) && table != Table::meta) batch.erase_all(table);
  }
  return store.latest.scan(Table::meta, {}, {},
                           [&](std::string_view key, std::string_view) { return batch.erase(Table::meta, key), true; });
}

Result<void> begin(const RowStore& store) {
  const auto batch = store.make_batch(1);
  if (!store.is_empty)
    if (auto ok = erase_rows(store, *batch); !ok) return ok;
  batch->put(Table::meta, meta_key::format, RowFormat{newest_row_format, false}.to_string());
  batch->put(Table::meta, meta_key::head, encode(HeadRow{}));
  return store.commit(*batch);
}

Error unreadable(Seq seq, const Error& error) {
  return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + ": " + error.detail);
}

/// Here nobody has decided anything: the log contradicts itself.
Error contradiction(Error error) {
  if (error.code == ErrorCode::misfit) error.code = ErrorCode::corrupt;
  return error;
}

class Rebuild {
 public:
  explicit Rebuild(const RowStore& store) : store_{store}, projector_{store.latest} {}

  Result<void> run() {
    if (auto ok = projector_.load(); !ok) return ok.error();
    begin_batch();
    Result<void> outcome;
    auto scanned = store_.latest.scan(Table::events, {}, {}, [&](std::string_view key, std::string_view row) {
      outcome = take(read_big_endian(key), row);
      return outcome.has_value();
    });
    if (!outcome) return outcome.error();
    if (!scanned) return scanned.error();
    if (auto ok = apply_read(); !ok) return ok;
    if (store_.end != 0 && at_.seq != store_.end)
      return make_error(ErrorCode::storage, "the log ends at event " + std::to_string(store_.end) +
                                                ", and reading it ended at event " + std::to_string(at_.seq));
    if (auto ok = projector_.end_append(at_.seq); !ok) return contradiction(ok.error());
    if (auto ok = commit(); !ok) return ok;
    begin_batch();
    batch_->put(Table::meta, meta_key::format, RowFormat{}.to_string());
    return store_.finish ? store_.finish(*batch_) : store_.commit(*batch_);
  }

 private:
  void begin_batch() {
    batch_ = store_.make_batch(projector_.queue().last_job + 1);
    events_ = bytes_ = 0;
  }

  /// Takes the next event, and applies it together with others.
  Result<void> take(Seq seq, std::string_view row) {
    const auto stored = split_event(row);
    if (!stored) return unreadable(seq, stored.error());
    const Position& before = read_.empty() ? at_ : read_.back().at;
    if (seq != before.seq + 1 || stored->hash != chain(before.hash, seq, stored->body))
      return make_error(ErrorCode::corrupt, "the log does not chain: event " + std::to_string(seq) +
                                                " does not follow event " + std::to_string(before.seq));
    auto event = decode_event(stored->body);
    if (!event) return unreadable(seq, event.error());
    read_.push_back({{seq, stored->hash}, std::move(*event), row.size()});
    read_bytes_ += row.size();
    if (read_.size() < events_read_ahead && read_bytes_ < bytes_read_ahead) return {};
    return apply_read();
  }

  Result<void> apply_read() {
    std::vector<JobId> ids;
    for (const ReadEvent& read : read_)
      if (const Stream stream = stream_of(read.event.data); stream.kind == StreamKind::job) ids.push_back(stream.job);
    projector_.read_ahead(std::move(ids));
    for (const ReadEvent& read : read_)
      if (auto ok = apply(read); !ok) return ok;
    read_.clear();
    read_bytes_ = 0;
    return {};
  }

  struct ReadEvent {
    Position at;
    Event event;
    std::size_t bytes = 0;
  };
  Result<void> apply(const ReadEvent& read) {
    if (auto ok = projector_.apply(read.at.seq, read.event, *batch_); !ok) return contradiction(ok.error());
    if (auto ok = steps_.take(read.at.seq, read.event, projector_); !ok) return ok;
    at_ = read.at;
    bytes_ += read.bytes;
    // What belongs to no job may change a row that is much larger than the event.
    if (stream_of(read.event.data).kind == StreamKind::campaign) bytes_ += campaign_row_bytes;
    if (++events_ < events_per_commit && bytes_ < bytes_per_commit) return {};
    if (!projector_.is_between_appends()) return {};  // what is looked at before a commit need not hold here
    if (auto ok = commit(); !ok) return ok.error();
    if (store_.progress) store_.progress(at_.seq);
    begin_batch();
    return {};
  }

  /// The whole chain up to here was checked, so it is a checkpoint too.
  Result<void> commit() {
    if (auto ok = projector_.check_changed(); !ok) return ok;
    projector_.flush({at_, at_}, *batch_);
    return store_.commit(*batch_);
  }

  const RowStore& store_;
  Projector projector_;
  StepCheck steps_;
  std::unique_ptr<RowBatch> batch_;
  Position at_;                  ///< applied
  std::vector<ReadEvent> read_;  ///< behind it
  std::size_t read_bytes_ = 0;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<void> rebuild_rows(const RowStore& store) {
  if (auto ok = begin(store); !ok) return ok.error();
  return Rebuild{store}.run();
}

Result<void> clear_rows(const RowStore& store) {
  const auto batch = store.make_batch(1);
  if (auto ok = erase_rows(store, *batch); !ok) return ok;
  return store.commit(*batch);
}

}  // namespace breakerd
