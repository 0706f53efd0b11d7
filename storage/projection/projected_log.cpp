#include <breakerd/storage/projection/projected_log.hpp>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/stored_event.hpp>

namespace breakerd {
namespace {

/// A start checks the chain over at most about this many events and those of one commit.
constexpr Seq events_per_checkpoint = 1'000;

}  // namespace

Position ProjectedLog::head() const {
  const std::lock_guard lock{head_mutex_};
  return head_;
}

void ProjectedLog::set_head(const Position& position) {
  const std::lock_guard lock{head_mutex_};
  head_ = position;
}

Result<void> ProjectedLog::load() {
  failed_ = true;  // what a failure leaves here is half of the state
  if (auto ok = projector_.load(); !ok) return ok.error();
  end_ = projector_.loaded_head().last;
  checkpoint_ = projector_.loaded_head().checkpoint;
  if (auto ok = check_tail(); !ok) return ok.error();
  if (auto ok = check_end(end_); !ok) return ok.error();
  set_head(end_);
  failed_ = false;
  return {};
}

Result<void> ProjectedLog::check_tail() {
  Position at = checkpoint_;
  Result<void> outcome;
  auto ok =
      latest_.scan(Table::events, number_key(checkpoint_.seq + 1), {}, [&](std::string_view key, std::string_view row) {
        auto event = split_event(row);
        if (!event) return outcome = event.error(), false;
        const Seq seq = read_big_endian(key);
        const Digest expected = chain(at.hash, seq, event->body);
        if (seq != at.seq + 1 || event->hash != expected) {
          outcome = make_error(ErrorCode::corrupt, "the log does not chain: event " + std::to_string(seq) +
                                                       " does not follow event " + std::to_string(at.seq));
          return false;
        }
        at = {seq, expected};
        return true;
      });
  if (!ok) return ok.error();
  if (!outcome) return outcome.error();
  if (at != end_)
    return make_error(ErrorCode::corrupt, "the projection ends at event " + std::to_string(end_.seq) +
                                              ", the log at event " + std::to_string(at.seq));
  return {};
}

Result<void> ProjectedLog::check(const ClosedIn& wanted) {
  const BreakerState& breaker = projector_.breaker();
  if (breaker.state == CircuitState::closed && breaker.epoch == wanted.epoch) return {};
  return make_error(ErrorCode::conflict, "decided in epoch " + std::to_string(wanted.epoch) +
                                             " of a closed circuit, which has opened since");
}

Result<void> ProjectedLog::check(const CampaignAt& wanted) {
  auto lane = projector_.lane(wanted.campaign);
  if (!lane) return lane.error();
  const std::uint64_t version = *lane == nullptr ? 0 : (*lane)->version;
  if (version == wanted.version) return {};
  return make_error(ErrorCode::conflict, "campaign " + wanted.campaign.to_string() + " is at version " +
                                             std::to_string(version) + ", not " + std::to_string(wanted.version));
}

Result<void> ProjectedLog::check(const KeyAt& wanted) {
  auto holder = projector_.key_holder(wanted.key);
  if (!holder) return holder.error();
  if (*holder == wanted.holder) return {};
  return make_error(ErrorCode::conflict, "the unique key \"" + wanted.key + "\" is held by job " +
                                             std::to_string(*holder) + ", not by job " + std::to_string(wanted.holder));
}

Result<void> ProjectedLog::check_preconditions(const Append& append) {
  for (const Precondition& one : append.preconditions)
    if (auto ok = std::visit([this](const auto& wanted) { return check(wanted); }, one); !ok) return ok;
  return {};
}

/// Where the log has it already, when it is a repeated one.
Result<std::optional<Appended>> ProjectedLog::find_operation(const Append& append) {
  if (append.operation.is_nil()) return std::optional<Appended>{};
  const auto row = projector_.operation(append.operation);
  if (!row) return row.error();
  return *row ? std::optional{Appended{(*row)->first, (*row)->last, true}} : std::nullopt;
}

void ProjectedLog::read_ahead(std::span<const Append> appends) {
  std::vector<JobId> ids;
  for (const Append& append : appends)
    for (const Event& event : append.events) {
      if (std::holds_alternative<JobEnqueued>(event.data)) continue;
      if (const Stream stream = stream_of(event.data); stream.kind == StreamKind::job) ids.push_back(stream.job);
    }
  projector_.read_ahead(std::move(ids));
}

Result<Appended> ProjectedLog::stage(Append& append, RowBatch& batch) {
  const Seq first = end_.seq + 1;
  if (!append.events.empty())
    append.events.front().operation = {append.operation, static_cast<std::uint32_t>(append.events.size())};
  for (Event& event : append.events) {
    if (event.cause_index >= 0) event.cause = first + static_cast<Seq>(event.cause_index);
    const Seq seq = end_.seq + 1;
    constexpr std::size_t hash_size = sizeof(Digest);
    body_.assign(hash_size, '\0');
    encode_event(body_, event);
    const Digest hash = chain(end_.hash, seq, std::string_view{body_}.substr(hash_size));
    std::memcpy(body_.data(), hash.data(), hash_size);
    batch.put(Table::events, number_key(seq), body_);
    if (const auto payload = payload_of(event.data); !payload.bytes.empty()) {
      encode_payload_row(payload_, payload.ref->salt, payload.bytes);
      batch.put(Table::payloads, number_key(seq), payload_);
    }
    if (auto ok = projector_.apply(seq, event, batch); !ok) return ok.error();
    end_ = {seq, hash};
  }
  if (auto ok = projector_.end_append(end_.seq); !ok) return ok.error();
  return Appended{first, end_.seq};
}

/// On an error everything staged is void. One of a single append, which does not fit, is noted in `misfits`.
Result<std::vector<Result<Appended>>> ProjectedLog::stage_all(std::span<Append> appends, RowBatch& batch,
                                                              Misfits& misfits) {
  std::vector<Result<Appended>> answers;
  answers.reserve(appends.size());
  for (std::size_t i = 0; i < appends.size(); ++i) {
    if (misfits[i]) {
      answers.emplace_back(*misfits[i]);
      continue;
    }
    const auto repeated = find_operation(appends[i]);
    if (!repeated) return repeated.error();
    if (*repeated) {
      answers.emplace_back(**repeated);
      continue;
    }
    if (auto ok = check_preconditions(appends[i]); !ok) {
      // Not to be able to look is no answer: those behind may have been decided on this append.
      if (ok.error().code != ErrorCode::conflict) return ok.error();
      answers.emplace_back(ok.error());
      continue;
    }
    auto staged = stage(appends[i], batch);
    if (!staged) {
      if (staged.error().code == ErrorCode::misfit) misfits[i] = staged.error();
      return staged.error();
    }
    answers.emplace_back(*staged);
  }
  return answers;
}

Result<std::vector<Result<Appended>>> ProjectedLog::append(std::span<Append> appends) {
  if (failed_) return make_error(ErrorCode::unavailable, "the log is not writable until it has been reopened");
  Misfits misfits(appends.size());
  read_ahead(appends);
  auto batch = make_batch();
  auto answers = stage_all(appends, *batch, misfits);
  // Events that do not fit are a defect of whoever decided them. They are left out; the others must not suffer.
  while (!answers && answers.error().code == ErrorCode::misfit) {
    if (auto ok = load(); !ok) return mark_failed(), ok.error();
    batch = make_batch();
    answers = stage_all(appends, *batch, misfits);
  }
  if (!answers) return failed_ = true, mark_failed(), answers.error();
  const Position committed = head();
  if (end_.seq == committed.seq) return answers;

  if (end_.seq - checkpoint_.seq > events_per_checkpoint) checkpoint_ = committed;
  if (auto ok = projector_.check_changed(); !ok) return failed_ = true, mark_failed(), ok.error();
  projector_.flush({end_, checkpoint_}, *batch);
  if (auto ok = commit(*batch, end_); !ok) {
    failed_ = true;
    mark_failed();
    return ok.error();
  }
  set_head(end_);
  if (listener_) listener_(end_.seq);
  return answers;
}

}  // namespace breakerd
