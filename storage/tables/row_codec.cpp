#include <breakerd/storage/tables/row_codec.hpp>

#include <breakerd/events/codec/binary.hpp>

namespace breakerd {
namespace {

template <class T, class Row>
concept RowOf = std::same_as<std::remove_const_t<T>, Row>;

// The one list of each row's fields, for reading and for writing.

void fields(RowOf<HeadRow> auto& row, auto& v) {
  v(row.last.seq, row.last.hash, row.checkpoint.seq, row.checkpoint.hash);
}

void fields(RowOf<OperationRow> auto& row, auto& v) { v(row.number, row.first, row.last); }

void fields(RowOf<Failure> auto& row, auto& v) {
  v(row.error, row.error_type, row.service, row.job, row.campaign, row.worker, row.reported_by, row.at);
}

void fields(RowOf<Reaffirmation> auto& row, auto& v) { v(row.reason, row.service, row.principal, row.at); }

void fields(RowOf<BreakerState> auto& row, auto& v) {
  v(row.state, row.epoch, row.opened_at, row.closed_at, row.failures, row.opened_reason, row.opened_by, row.service,
    row.opened_by_failure, row.last_failure, row.reaffirmations, row.last_reaffirmation, row.closed_reason,
    row.closed_by, row.in_flight);
}

void fields(RowOf<Deadline> auto& row, auto& v) { v(row.at, row.counted, row.is_held); }

void fields(RowOf<HeldSpan> auto& row, auto& v) { v(row.from, row.to); }

void fields(RowOf<PastFailure> auto& row, auto& v) { v(row.leased, row.failed); }

void fields(RowOf<Parked> auto& row, auto& v) { v(row.command, row.since); }

void fields(RowOf<JobRow> auto& row, auto& v) {
  v(row.id, row.campaign, row.status, row.enqueued, row.last, row.finished, row.job_type, row.attempts,
    row.max_attempts, row.expiries, row.lease_ms, row.token, row.worker, row.error, row.error_type, row.created_at,
    row.updated_at, row.started_at, row.finished_at, row.max_expiries, row.expiries_counted, row.service, row.priority,
    row.due, row.discarded, row.unique_key, row.unique_until, row.failures, row.timeout_ms, row.deadline,
    row.lifetime_ms, row.waits_since, row.parked);
}

void fields(RowOf<Backoff> auto& row, auto& v) {
  v(row.kind, row.jitter, row.base_ms, row.max_ms, row.factor, row.delays_ms);
}

void fields(RowOf<JobTypeSettings> auto& row, auto& v) {
  v(row.max_attempts, row.backoff, row.timeout_ms, row.max_expiries);
}

void fields(RowOf<JobTypeRow> auto& row, auto& v) {
  v(row.job_type, row.settings, row.reason, row.principal, row.set_at);
}

/// Of the job of a schedule: what a schedule may say of it.
void fields(RowOf<JobSpec> auto& job, auto& v) {
  v(job.job_type, job.name, job.description, job.service, job.campaign, job.payload, job.max_attempts, job.max_expiries,
    job.timeout_ms, job.priority, job.backoff, job.expires_in_ms);
}

void fields(RowOf<SchedulePlan> auto& plan, auto& v) {
  v(plan.name, plan.cron, plan.time_zone, plan.every_ms, plan.missed, plan.job);
}

void fields(RowOf<ScheduleRow> auto& row, auto& v) {
  v(row.id, row.plan, row.anchor, row.paused, row.next_at, row.last_at, row.last_due_at, row.last_job, row.skipped_at,
    row.skipped_due_at, row.skipped_reason, row.created_at, row.created_by, row.changed_at, row.changed_by, row.reason);
}

void fields(RowOf<FailedJobs> auto& row, auto& v) {
  v(row.campaign, row.job_type, row.service, row.error_contains, row.ended_by, row.ids, row.status);
}

/// Its age is fixed.
void fields(RowOf<PlanAction> auto& row, auto& v) {
  v(row.verb, row.enqueued_by, row.campaign, row.job_type, row.service);
}

void fields(RowOf<Ramp> auto& row, auto& v) { v(row.from_thousandths, row.to_thousandths, row.over_ms); }

void fields(RowOf<CanaryJob> auto& row, auto& v) { v(row.job, row.campaign); }

void fields(RowOf<Rollout> auto& row, auto& v) {
  v(row.phase);
  if (!row.exists()) return;
  v(row.command, row.principal, row.began_at, row.canary, row.succeeded, row.in_flight, row.ramp, row.ramp_began_at,
    row.ramp_since);
}

void fields(RowOf<JobCommandRow> auto& row, auto& v) {
  v(row.id, row.kind, row.state, row.filter, row.actions, row.canary, row.ramp, row.reason, row.principal, row.matched,
    row.done, row.skipped, row.parked, row.next, row.last, row.created_at, row.updated_at, row.finished_at);
}

void fields(RowOf<Due> auto& row, auto& v) { v(row.at, row.clock); }

void fields(RowOf<ClassCount> auto& row, auto& v) { v(row.of, row.ready, row.scheduled, row.parked); }

void fields(RowOf<LaneRow> auto& row, auto& v) {
  v(row.status, row.started, row.sealed, row.version, row.jobs, row.classes, row.weight, row.paused_since, row.held);
}

void fields(RowOf<CampaignRow> auto& row, auto& v) {
  v(row.name, row.description, row.metadata, row.created_by, row.message, row.created, row.last, row.created_at,
    row.updated_at, row.started_at, row.finished_at);
}

void fields(RowOf<Hold> auto& row, auto& v) {
  v(row.ordinal, row.kind, row.service, row.cause, row.principal, row.placed_at, row.since);
}

void fields(RowOf<JobHold> auto& row, auto& v) {
  v(row.id, row.job_type, row.service, row.reason, row.principal, row.placed_at, row.campaign, row.since);
}

void fields(RowOf<PastHold> auto& row, auto& v) { v(row.ordinal, row.span); }

void fields(RowOf<PastJobHold> auto& row, auto& v) { v(row.job_type, row.service, row.campaign, row.span); }

void fields(RowOf<LimitName> auto& row, auto& v) { v(row.kind, row.name); }

void fields(RowOf<LeaseLimit> auto& row, auto& v) {
  v(row.of, row.concurrency, row.rate_thousandths, row.burst, row.reason, row.principal, row.set_at);
}

void fields(RowOf<JobClass> auto& row, auto& v) { v(row.job_type, row.service); }

void fields(RowOf<LiveJobs> auto& row, auto& v) { v(row.pending, row.processing, row.scheduled, row.parked); }

void fields(RowOf<Generation> auto& row, auto& v) { v(row.campaigns, row.jobs, row.paused_by_hand); }

void count_fields(auto& queue, auto& v) {
  v(queue.paused, queue.last_job, queue.last_ordinal, queue.generations, queue.default_lane, queue.created,
    queue.operator_paused, queue.ended_jobs, queue.campaigns, queue.paused_at, queue.counted, queue.counted_at,
    queue.last_job_command, queue.plan, queue.last_job_hold, queue.job_types, queue.resumed_at, queue.last_schedule,
    queue.schedules, queue.rollout);
}

/// What a number that may be below 0 is kept with; 0 itself is one byte.
constexpr int int_offset = 100;

struct Write {
  BinaryWriter out;

  void operator()(const auto&... values) { (one(values), ...); }

 private:
  void one(std::unsigned_integral auto value) { out.number(value); }
  void one(const std::string& value) { out.text(value); }
  void one(const Uuid& value) { out.raw(value.bytes); }
  template <std::size_t n>
  void one(const std::array<std::uint8_t, n>& value) {
    out.raw(value);
  }
  template <std::size_t n>
  void one(const std::array<std::uint64_t, n>& values) {
    for (const std::uint64_t value : values) out.number(value);
  }
  void one(Time value) { out.time(value); }
  /// A small number, below 0 or above.
  void one(int value) { out.number(static_cast<std::uint8_t>(value + int_offset)); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void one(Enum value) { out.number(static_cast<std::uint8_t>(value)); }
  void one(const std::optional<std::uint32_t>& value) {
    out.number(value ? 1 : 0);
    if (value) one(*value);
  }
  void one(const std::shared_ptr<const Backoff>& value) {
    out.number(value ? 1 : 0);
    if (value) one(*value);
  }
  template <class T>
  void one(const std::vector<T>& values) {
    out.number(values.size());
    for (const T& value : values) one(value);
  }
  void one(const auto& row) requires requires { fields(row, *this); }
  { fields(row, *this); }
};

template <class Enum>
constexpr std::uint64_t kept_values = 0;
template <>
constexpr std::uint64_t kept_values<CircuitState> = 2;
template <>
constexpr std::uint64_t kept_values<InFlight> = 2;
template <>
constexpr std::uint64_t kept_values<HoldKind> = 2;
template <>
constexpr std::uint64_t kept_values<LimitKind> = limit_kinds;
template <>
constexpr std::uint64_t kept_values<DueClock> = 2;
template <>
constexpr std::uint64_t kept_values<BackoffKind> = 3;
template <>
constexpr std::uint64_t kept_values<Jitter> = 2;
template <>
constexpr std::uint64_t kept_values<JobCommandKind> = job_command_kinds;
template <>
constexpr std::uint64_t kept_values<PlanVerb> = plan_verbs;
template <>
constexpr std::uint64_t kept_values<RolloutPhase> = rollout_phases;
template <>
constexpr std::uint64_t kept_values<JobCommandState> = 3;
template <>
constexpr std::uint64_t kept_values<MissedRuns> = 2;
template <>
constexpr std::uint64_t kept_values<JobStatus> = kept_job_statuses;
template <>
constexpr std::uint64_t kept_values<CampaignStatus> = campaign_statuses;

struct Read {
  BinaryReader in;
  bool sane = true;

  void operator()(auto&... values) { (one(values), ...); }

 private:
  template <std::unsigned_integral Number>
  void one(Number& value) {
    const std::uint64_t wide = in.number();
    value = static_cast<Number>(wide);
    if (std::uint64_t{value} != wide) sane = false;
  }
  void one(std::string& value) { value = in.text(); }
  void one(Uuid& value) { in.raw(value.bytes); }
  template <std::size_t n>
  void one(std::array<std::uint8_t, n>& value) {
    in.raw(value);
  }
  template <std::size_t n>
  void one(std::array<std::uint64_t, n>& values) {
    for (std::uint64_t& value : values) value = in.number();
  }
  void one(Time& value) { value = in.time(); }
  void one(int& value) {
    const std::uint64_t number = in.number();
    if (number > UINT8_MAX) sane = false;
    value = static_cast<int>(number) - int_offset;
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void one(Enum& value) {
    const std::uint64_t number = in.number();
    if (number >= kept_values<Enum>) sane = false;  // it indexes tables
    value = static_cast<Enum>(number);
  }
  void one(std::optional<std::uint32_t>& value) {
    if (is_there()) one(value.emplace());
  }
  void one(std::shared_ptr<const Backoff>& value) {
    if (!is_there()) return;
    auto backoff = std::make_shared<Backoff>();
    one(*backoff);
    value = std::move(backoff);
  }
  bool is_there() {
    const std::uint64_t number = in.number();
    if (number > 1) sane = false;
    return number == 1;
  }
  template <class T>
  void one(std::vector<T>& values) {
    values.clear();
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) one(values.emplace_back());
  }
  void one(auto& row) requires requires { fields(row, *this); }
  { fields(row, *this); }
};

std::string write_row(auto write_fields, std::uint8_t version = row_version) {
  std::string out;
  out.reserve(160);
  out += static_cast<char>(version);
  Write write{BinaryWriter{out}};
  write_fields(write);
  return out;
}

Result<void> read_row(std::string_view bytes, auto read_fields, std::uint8_t newest = row_version) {
  const auto version = static_cast<std::uint8_t>(bytes.empty() ? 0 : bytes.front());
  if (version == 0 || version > newest)
    return make_error(ErrorCode::corrupt, "a row of the projection has an unknown version");
  Read read{BinaryReader{bytes.substr(1)}};
  read_fields(read);
  if (!read.in.done() || !read.sane) return make_error(ErrorCode::corrupt, "a row of the projection cannot be read");
  return {};
}

}  // namespace

std::string encode(const HeadRow& row) {
  return write_row([&](Write& write) { fields(row, write); }, head_row_version);
}
std::string encode(const OperationRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const BreakerState& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const JobRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const LaneRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const CampaignRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const JobCommandRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const JobTypeRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode(const ScheduleRow& row) {
  return write_row([&](Write& write) { fields(row, write); });
}
std::string encode_counts(const QueueState& queue) {
  return write_row([&](Write& write) { count_fields(queue, write); });
}
std::string encode_holds(const QueueState& queue) {
  return write_row([&](Write& write) { write(queue.holds, queue.job_holds, queue.past_holds, queue.past_job_holds); });
}
std::string encode_limits(const LeaseLimits& limits) {
  return write_row([&](Write& write) { write(limits); });
}
std::string encode_classes(const std::vector<JobClass>& classes) {
  return write_row([&](Write& write) { write(classes); });
}

template <class Row>
Result<Row> decode(std::string_view bytes) {
  Row row;
  constexpr std::uint8_t newest = std::is_same_v<Row, HeadRow> ? head_row_version : row_version;
  if (auto ok = read_row(
          bytes, [&](Read& read) { fields(row, read); }, newest);
      !ok)
    return ok.error();
  return row;
}
template Result<HeadRow> decode(std::string_view);
template Result<OperationRow> decode(std::string_view);
template Result<BreakerState> decode(std::string_view);
template Result<JobRow> decode(std::string_view);
template Result<LaneRow> decode(std::string_view);
template Result<CampaignRow> decode(std::string_view);
template Result<JobCommandRow> decode(std::string_view);
template Result<JobTypeRow> decode(std::string_view);
template Result<ScheduleRow> decode(std::string_view);

Result<QueueState> decode_queue(std::string_view counts, std::string_view holds) {
  QueueState queue;
  if (auto ok = read_row(counts, [&](Read& read) { count_fields(queue, read); }); !ok) return ok.error();
  if (auto ok = read_row(
          holds, [&](Read& read) { read(queue.holds, queue.job_holds, queue.past_holds, queue.past_job_holds); });
      !ok)
    return ok.error();
  if (queue.generations.size() != queue.holds.size() + 1)
    return make_error(ErrorCode::corrupt, "the projection's counts do not belong to its holds");
  return queue;
}

Result<LeaseLimits> decode_limits(std::string_view bytes) {
  LeaseLimits limits;
  if (auto ok = read_row(bytes, [&](Read& read) { read(limits); }); !ok) return ok.error();
  return limits;
}

Result<std::vector<JobClass>> decode_classes(std::string_view bytes) {
  std::vector<JobClass> classes;
  if (auto ok = read_row(bytes, [&](Read& read) { read(classes); }); !ok) return ok.error();
  return classes;
}

}  // namespace breakerd
