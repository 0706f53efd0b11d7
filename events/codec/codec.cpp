#include <breakerd/events/codec/codec.hpp>

#include <array>
#include <utility>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/codec/old_shapes.hpp>
#include <breakerd/events/codec/payload.hpp>
#include <breakerd/events/json/backoff_json.hpp>
#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/hex.hpp>

namespace breakerd {
namespace {

/// Used for reading and writing alike.
void action_fields(auto& action, auto& visit) {
  visit("do", action.verb);
  visit("enqueued_by", action.enqueued_by);
  visit("campaign", action.campaign);
  visit("job_type", action.job_type);
  visit("service", action.service);
}

/// The spec's fields but its payload, in stored order. Used for reading and writing alike.
void spec_fields(auto& spec, auto& visit) {
  visit("campaign", spec.campaign);
  visit("job_type", spec.job_type);
  visit("name", spec.name);
  visit("description", spec.description);
  visit("service", spec.service);
  visit.given("max_attempts", spec.max_attempts, default_max_attempts);
  visit.given("max_expiries", spec.max_expiries, default_max_expiries);
  visit.since(4, "priority", spec.priority);
  visit.since(4, "run_at", spec.run_at);
  visit.since(4, "backoff", spec.backoff);
  visit.since(5, "unique_key", spec.unique_key);
  visit.since(5, "unique_until", spec.unique_until);
  visit.since(6, "timeout_ms", spec.timeout_ms);
  visit.since(7, "expires_at", spec.expires_at);
  visit.since(7, "deadline", spec.deadline);
}

/// A number below 0 or above, so that small ones are short: 0, -1, 1, -2...
std::uint64_t zigzag(int value) {
  return value < 0 ? 2 * static_cast<std::uint64_t>(-(value + 1)) + 1 : 2 * static_cast<std::uint64_t>(value);
}
int unzigzag(std::uint64_t value) {
  const auto half = static_cast<int>(value / 2);
  return value % 2 == 0 ? half : -half - 1;
}

/// Used for reading and writing alike.
void backoff_fields(auto& backoff, auto& visit) {
  visit("kind", backoff.kind);
  visit("jitter", backoff.jitter);
  visit("base_ms", backoff.base_ms);
  visit("max_ms", backoff.max_ms);
  visit("factor", backoff.factor);
  visit("delays_ms", backoff.delays_ms);
}

struct ToBytes {
  BinaryWriter out;

  void operator()(std::string_view, std::uint64_t value) { out.number(value); }
  void operator()(std::string_view, std::uint32_t value) { out.number(value); }
  void operator()(std::string_view, bool value) { out.number(value ? 1 : 0); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(std::string_view, Enum value) { out.number(static_cast<std::uint8_t>(value)); }
  void operator()(std::string_view, int value) { out.number(zigzag(value)); }
  void operator()(std::string_view, Time value) { out.time(value); }
  void operator()(std::string_view, const std::shared_ptr<const Backoff>& value) {
    out.number(value ? 1 : 0);
    if (value) backoff_fields(*value, *this);
  }
  void operator()(std::string_view, const std::string& value) { out.text(value); }
  void operator()(std::string_view, const Uuid& value) { out.raw(value.bytes); }
  void operator()(std::string_view, const TokenDigest& value) { out.raw(value); }
  void operator()(std::string_view, const std::optional<std::string>& value) {
    out.number(value ? 1 : 0);
    if (value) out.text(*value);
  }
  void operator()(std::string_view, const std::optional<std::uint32_t>& value) {
    out.number(value ? 1 : 0);
    if (value) out.number(*value);
  }
  template <std::unsigned_integral Number>
  void operator()(std::string_view, const std::vector<Number>& values) {
    out.number(values.size());
    for (const Number value : values) out.number(value);
  }
  void operator()(std::string_view, const std::vector<PlanAction>& actions) {
    out.number(actions.size());
    for (const PlanAction& action : actions) action_fields(action, *this);
  }
  void json(std::string_view name, const auto& value) { (*this)(name, value); }
  void given(std::string_view name, const std::optional<std::uint32_t>& value, std::uint32_t otherwise) {
    (*this)(name, value.value_or(otherwise));
  }
  void spec(const JobSpecPtr& value) { spec_fields(*value, *this); }
  void payload(std::string_view, const std::string&, const PayloadRef& ref) {
    out.number(ref.bytes);
    if (ref.exists()) out.raw(ref.hash);
  }
  void since(unsigned, std::string_view name, const auto& value) { (*this)(name, value); }
};

/// The greatest value that is written.
template <class Enum>
constexpr std::uint64_t last_of = 0;
template <>
constexpr std::uint64_t last_of<InFlight> = 1;
template <>
constexpr std::uint64_t last_of<HoldKind> = 1;
template <>
constexpr std::uint64_t last_of<LimitKind> = limit_kinds - 1;
template <>
constexpr std::uint64_t last_of<BackoffKind> = 2;
template <>
constexpr std::uint64_t last_of<Jitter> = 1;
template <>
constexpr std::uint64_t last_of<JobCommandKind> = job_command_kinds - 1;
template <>
constexpr std::uint64_t last_of<PlanVerb> = plan_verbs - 1;
template <>
constexpr std::uint64_t last_of<RolloutEnd> = rollout_ends - 1;
template <>
constexpr std::uint64_t last_of<MissedRuns> = 1;
template <>
constexpr std::uint64_t last_of<JobStatus> = kept_job_statuses - 1;

/// Reads every version: a field that came later stays as it was made.
struct FromBytes {
  BinaryReader in;
  unsigned version = 1;
  bool sane = true;  ///< values are in their ranges

  void operator()(std::string_view, std::uint64_t& value) { value = in.number(); }
  void operator()(std::string_view, std::uint32_t& value) {
    const std::uint64_t wide = in.number();
    if (wide > UINT32_MAX) sane = false;
    value = static_cast<std::uint32_t>(wide);
  }
  void operator()(std::string_view, bool& value) {
    const std::uint64_t wide = in.number();
    if (wide > 1) sane = false;
    value = wide == 1;
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(std::string_view, Enum& value) {
    const std::uint64_t wide = in.number();
    if (wide > last_of<Enum>) sane = false;
    value = static_cast<Enum>(std::min(wide, last_of<Enum>));
  }
  void operator()(std::string_view, int& value) {
    const std::uint64_t wide = in.number();
    if (wide > UINT32_MAX) sane = false;
    value = unzigzag(std::min<std::uint64_t>(wide, UINT32_MAX));
  }
  void operator()(std::string_view, Time& value) { value = in.time(); }
  void operator()(std::string_view, std::shared_ptr<const Backoff>& value) {
    bool present = false;
    (*this)("", present);
    if (!present) return;
    auto backoff = std::make_shared<Backoff>();
    backoff_fields(*backoff, *this);
    if (backoff->kind == BackoffKind::list && backoff->delays_ms.empty()) sane = false;
    value = std::move(backoff);
  }
  void operator()(std::string_view, std::string& value) { value = in.text(); }
  void operator()(std::string_view, Uuid& value) { in.raw(value.bytes); }
  void operator()(std::string_view, TokenDigest& value) { in.raw(value); }
  void operator()(std::string_view, std::optional<std::string>& value) {
    bool present = false;
    (*this)("", present);
    if (present) value = in.text();
  }
  void operator()(std::string_view name, std::optional<std::uint32_t>& value) {
    bool present = false;
    (*this)("", present);
    if (present) (*this)(name, value.emplace());
  }
  template <std::unsigned_integral Number>
  void operator()(std::string_view name, std::vector<Number>& values) {
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) (*this)(name, values.emplace_back());
  }
  void operator()(std::string_view, std::vector<PlanAction>& actions) {
    for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left) action_fields(actions.emplace_back(), *this);
  }
  void json(std::string_view name, auto& value) { (*this)(name, value); }
  void given(std::string_view name, std::optional<std::uint32_t>& value, std::uint32_t) {
    (*this)(name, value.emplace());
  }
  void since(unsigned first, std::string_view name, auto& value) {
    if (version >= first) (*this)(name, value);
  }
  void spec(JobSpecPtr& value) {
    auto spec = std::make_shared<JobSpec>();
    spec_fields(*spec, *this);
    value = std::move(spec);
  }
  void payload(std::string_view, const std::string&, PayloadRef& ref) {
    ref.bytes = in.number();
    if (ref.exists()) in.raw(ref.hash);
  }
};

struct ToJson {
  JsonWriter out;

  void operator()(std::string_view name, std::uint64_t value) {
    if (name == "job")
      out.text_key(name).number_or_null(value);
    else
      out.text_key(name).value(value);
  }
  void operator()(std::string_view name, std::uint32_t value) { out.text_key(name).value(value); }
  void operator()(std::string_view name, bool value) { out.text_key(name).value(value); }
  void operator()(std::string_view name, HoldKind value) {
    out.text_key(name).value(value == HoldKind::circuit ? "circuit" : "service");
  }
  void operator()(std::string_view name, InFlight value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, MissedRuns value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, LimitKind value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, JobStatus value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, JobCommandKind value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, PlanVerb value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, RolloutEnd value) { out.text_key(name).value(to_string(value)); }
  void operator()(std::string_view name, const std::vector<PlanAction>& actions) {
    out.text_key(name).begin_array();
    for (const PlanAction& action : actions) {
      out.begin_object();
      action_fields(action, *this);
      out.end_object();
    }
    out.end_array();
  }
  void operator()(std::string_view name, int value) { out.text_key(name).value(value); }
  void operator()(std::string_view name, Time value) { out.text_key(name).value_or_null(value); }
  void operator()(std::string_view name, const std::shared_ptr<const Backoff>& value) {
    out.text_key(name);
    if (value)
      write_backoff(out, *value);
    else
      out.null();
  }
  void operator()(std::string_view name, const std::string& value) { out.text_key(name).value_or_null(value); }
  void operator()(std::string_view name, const Uuid& value) { out.text_key(name).value_or_null(value); }
  void operator()(std::string_view name, const TokenDigest& value) { out.text_key(name).value(to_hex(value)); }
  void operator()(std::string_view name, const std::optional<std::string>& value) {
    if (value) out.text_key(name).value(*value);
  }
  void operator()(std::string_view name, const std::optional<std::uint32_t>& value) {
    if (value) out.text_key(name).value(*value);
  }
  void operator()(std::string_view name, const std::vector<std::uint64_t>& values) {
    out.text_key(name).begin_array();
    for (const std::uint64_t value : values) out.value(value);
    out.end_array();
  }
  void json(std::string_view name, const std::string& value) { out.text_key(name).raw_or_null(value); }
  void json(std::string_view name, const std::optional<std::string>& value) {
    if (value) out.text_key(name).raw_or_null(*value);
  }
  void given(std::string_view name, const std::optional<std::uint32_t>& value, std::uint32_t otherwise) {
    (*this)(name, value.value_or(otherwise));
  }
  void spec(const JobSpecPtr& value) { spec_fields(*value, *this); }
  void payload(std::string_view name, const std::string& value, const PayloadRef& ref) {
    json(name, value);
    const std::string prefix{name};
    out.text_key(prefix + "_bytes").number_or_null(ref.bytes);
    (*this)(prefix + "_sha256", ref.exists() ? to_hex(ref.hash) : std::string{});
  }
  void since(unsigned, std::string_view name, const auto& value) { (*this)(name, value); }
};

constexpr std::size_t type_count = std::variant_size_v<EventData>;
static_assert(code_of(type_count - 1) < has_operation);

/// The place of the type with this code; type_count when there is none.
constexpr std::size_t index_of(std::size_t code) {
  for (std::size_t i = 0; i < type_count; ++i)
    if (code_of(i) == code) return i;
  return type_count;
}

template <std::size_t... i>
constexpr auto make_names(std::index_sequence<i...>) {
  return std::array<std::string_view, sizeof...(i)>{std::variant_alternative_t<i, EventData>::type...};
}
constexpr auto names = make_names(std::make_index_sequence<type_count>{});

template <std::size_t... i>
constexpr auto make_versions(std::index_sequence<i...>) {
  return std::array<unsigned, sizeof...(i)>{version_of<std::variant_alternative_t<i, EventData>>...};
}
constexpr auto versions = make_versions(std::make_index_sequence<type_count>{});

template <std::size_t... i>
void emplace_type(EventData& data, std::size_t index, std::index_sequence<i...>) {
  (void)((index == i && (data.emplace<i>(), true)) || ...);
}

/// How to read an event that was written in an older shape.
struct OldShape {
  std::string_view type;
  unsigned version = 0;  ///< the last one that has it
  EventData (*read)(FromBytes& visit);
};

template <class Old>
constexpr OldShape shape_of() {
  return {Old::type, Old::version, [](FromBytes& visit) {
            Old old;
            old.fields(old, visit);
            return EventData{upcast(std::move(old))};
          }};
}
/// A type's shapes are in order of their versions.
constexpr std::array old_shapes{shape_of<JobEnqueuedV2>(), shape_of<JobCompletedV1>()};

/// The shape that version `version` of a type has; null: today's.
const OldShape* find_old_shape(std::string_view type, unsigned version) {
  for (const OldShape& shape : old_shapes)
    if (shape.type == type && version <= shape.version) return &shape;
  return nullptr;
}

Error corrupt_event(std::string_view what) {
  return make_error(ErrorCode::corrupt, "an event in the log cannot be read: " + std::string{what});
}

}  // namespace

unsigned event_version(const EventData& data) { return versions[data.index()]; }

void encode_event(std::string& out, Event& event) {
  if (const auto payload = payload_of(event.data); payload.ref != nullptr) refer_to(payload.bytes, *payload.ref);
  ToBytes visit{BinaryWriter{out}};
  const bool begins_operation = !event.operation.id.is_nil();
  out += static_cast<char>(code_of(event.data.index()) | (begins_operation ? has_operation : 0U));
  visit.out.number(event_version(event.data));
  visit.out.time(event.time);
  visit.out.number(event.cause);
  visit.out.text(event.principal);
  if (begins_operation) {
    visit.out.raw(event.operation.id.bytes);
    visit.out.number(event.operation.events);
  }
  std::visit([&](const auto& data) { data.fields(data, visit); }, event.data);
}

Result<Event> decode_event(std::string_view body) {
  const std::size_t code = type_code_of_body(body);
  const std::size_t index = index_of(code);
  if (index == type_count) return corrupt_event("unknown type code " + std::to_string(code));
  FromBytes visit{BinaryReader{body.substr(1)}};
  const std::uint64_t version = visit.in.number();
  if (visit.in.ok() && version == 0) return corrupt_event(std::string{names[index]} + " has no version 0");
  if (version > versions[index])
    return corrupt_event("version " + std::to_string(version) + " of " + std::string{names[index]} +
                         " was written by a newer breakerd");
  visit.version = static_cast<unsigned>(version);
  Event event;
  event.time = visit.in.time();
  event.cause = visit.in.number();
  event.principal = visit.in.text();
  if ((static_cast<std::uint8_t>(body.front()) & has_operation) != 0) {
    visit("operation", event.operation.id);
    visit("events", event.operation.events);
    if (event.operation.id.is_nil() || event.operation.events == 0) visit.sane = false;
  }
  if (const OldShape* shape = find_old_shape(names[index], visit.version)) {
    event.data = shape->read(visit);
  } else {
    emplace_type(event.data, index, std::make_index_sequence<type_count>{});
    std::visit([&](auto& data) { data.fields(data, visit); }, event.data);
  }
  if (!visit.in.done() || !visit.sane)
    return corrupt_event("the fields of a " + std::string{names[index]} + " do not fit");
  return event;
}

void append_event_data(std::string& out, const EventData& data) {
  ToJson visit{JsonWriter{out}};
  visit.out.begin_object();
  std::visit([&](const auto& event) { event.fields(event, visit); }, data);
  visit.out.end_object();
}

unsigned version_of_body(std::string_view body) {
  if (body.empty()) return 0;
  BinaryReader in{body.substr(1)};
  const std::uint64_t version = in.number();
  return in.ok() ? static_cast<unsigned>(version) : 0;
}

std::uint8_t type_code(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<std::uint8_t>(code_of(i));
  return 0;
}

}  // namespace breakerd
