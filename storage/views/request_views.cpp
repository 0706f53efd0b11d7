// Reads of requests with a key (request_views.hpp).

#include <breakerd/storage/views/request_views.hpp>

#include <algorithm>
#include <bitset>
#include <vector>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

struct Found {
  OperationId id{};
  OperationRow row;
};

Result<std::vector<Found>> operations_of(const ReadView& view, const RequestName& name) {
  const std::string prefix{reinterpret_cast<const char*>(name.key.data()), name.key.size()};
  std::vector<Found> all;
  Result<void> outcome;
  auto ok =
      view.scan(Table::operations, prefix, after_prefix(prefix), [&](std::string_view key, std::string_view value) {
        auto row = decode_row<OperationRow>(Table::operations, key, value);
        if (!row) return outcome = row.error(), false;
        all.push_back({read_uuid(key), *row});
        return true;
      });
  if (!ok) return ok.error();
  if (!outcome) return outcome.error();
  return all;
}

/// That of the day. There are more uses than operations that are kept. When the wall clock was set back it may have
/// been taken: then the next one that is free.
KeyUse free_use(const std::vector<Found>& all, Time now) {
  std::bitset<key_uses> used;
  for (const Found& one : all) used.set(key_use_in(one.id));
  KeyUse use = key_use_at(now);
  while (used.test(use)) ++use;
  return use;
}

Result<void> put_back(const ReadView& view, KeptAnswer& answer) {
  constexpr std::string_view left_out = "null";
  if (answer.job == 0) return {};
  auto job = read_job(view, answer.job);
  if (!job) return job.error();
  const auto put = [&](std::uint32_t& place, const std::string& text) {
    if (place == 0) return true;
    if (text.empty() || answer.body.compare(place, left_out.size(), left_out) != 0) return false;
    answer.body.replace(place, left_out.size(), text);
    place = 0;
    return true;
  };
  // From behind, so that the place before stays what it is.
  if (!put(answer.result, job->result) || !put(answer.payload, job->spec->payload))
    return make_error(ErrorCode::corrupt, "the answer to a request names a payload that is not there");
  answer.job = 0;
  return {};
}

Result<KeptAnswer> read_answer(const ReadView& view, Seq seq) {
  auto event = read_bare_event(view, seq);
  if (!event) return event.error();
  auto* answered = std::get_if<RequestAnswered>(&event->event.data);
  if (answered == nullptr)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + " does not keep an answer");
  if (auto ok = put_back(view, answered->answer); !ok) return ok.error();
  return std::move(answered->answer);
}

void note(DoneRequest& done, const EventData& event) {
  if (const auto* job = std::get_if<JobEnqueued>(&event)) {
    if (done.jobs++ == 0) done.first_job = job->job;
    done.last_job = job->job;
  } else if (const auto* campaign = std::get_if<CampaignCreated>(&event)) {
    done.campaign = campaign->campaign;
  } else if (const auto* hold = std::get_if<JobHoldPlaced>(&event)) {
    done.number = hold->hold;
  } else if (const auto* command = std::get_if<JobCommandStarted>(&event)) {
    done.number = command->command;
  } else if (const auto* schedule = std::get_if<ScheduleSet>(&event)) {
    done.number = schedule->schedule;
  }
}

Result<DoneRequest> read_done(const ReadView& view, Seq first, Seq last) {
  DoneRequest done;
  done.first = first;
  done.last = last;
  Result<void> outcome;
  auto ok = view.scan(Table::events, number_key(first), number_key(last + 1),
                      [&](std::string_view key, std::string_view value) {
                        const auto event = decode_event_row(read_big_endian(key), value);
                        if (!event) return outcome = event.error(), false;
                        note(done, event->event.data);
                        return true;
                      });
  if (!ok) return ok.error();
  if (!outcome) return outcome.error();
  return done;
}

/// What the operations of one use say.
Result<void> tell(const ReadView& view, const std::vector<Found>& of_use, KnownRequest& known) {
  for (const Found& one : of_use) {
    if (!is_answer(one.id)) continue;
    auto answer = read_answer(view, one.row.first);
    if (!answer) return answer.error();
    known.answer = std::move(*answer);
    return {};
  }
  for (const Found& one : of_use) known.parts.push_back(part_in(one.id));
  const auto first = std::min_element(of_use.begin(), of_use.end(),
                                      [](const Found& a, const Found& b) { return a.row.first < b.row.first; });
  auto done = read_done(view, first->row.first, first->row.last);
  if (!done) return done.error();
  known.done = *done;
  return {};
}

}  // namespace

Result<KnownRequest> find_request(const ReadView& view, const RequestName& name, const std::string& principal,
                                  Time now) {
  auto all = operations_of(view, name);
  if (!all) return all.error();
  KnownRequest known;
  known.use = free_use(*all, now);
  if (all->empty()) return known;
  const Found latest = *std::max_element(all->begin(), all->end(),
                                         [](const Found& a, const Found& b) { return a.row.number < b.row.number; });
  const auto event = read_bare_event(view, latest.row.first);
  if (!event) return event.error();
  if (now - event->event.time >= std::chrono::milliseconds{limits::request_kept_ms}) return known;
  known.is_known = true;
  known.use = key_use_in(latest.id);
  // Digests that meet are another's: nothing is told of that.
  if (event->event.principal != principal) return known;
  std::erase_if(*all, [&](const Found& one) { return key_use_in(one.id) != known.use || name_in(one.id) != name; });
  known.is_same = !all->empty();
  if (known.is_same)
    if (auto ok = tell(view, *all, known); !ok) return ok.error();
  return known;
}

}  // namespace breakerd
