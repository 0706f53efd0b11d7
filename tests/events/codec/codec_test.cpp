#include <breakerd/events/codec/codec.hpp>

#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/codec/payload.hpp>
#include <breakerd/events/model/hex.hpp>
#include "tests/support/results.hpp"
#include "tests/support/sample_events.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string bytes_of(Event event) {
  std::string bytes;
  encode_event(bytes, event);
  return bytes;
}

std::string json_of(const EventData& data) {
  std::string json;
  append_event_data(json, data);
  return json;
}

/// The values of a field list as text; a spec by its content.
struct Spell {
  std::string text;
  void operator()(std::string_view name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, std::string>)
      text += value;
    else if constexpr (std::is_arithmetic_v<Value>)
      text += std::to_string(value);
    else if constexpr (std::is_enum_v<Value>)
      text += std::to_string(static_cast<int>(value));
    else if constexpr (std::is_same_v<Value, Uuid>)
      text += value.to_string();
    else if constexpr (std::is_same_v<Value, TokenDigest>)
      text += to_hex(value);
    else if constexpr (std::is_same_v<Value, Time>)
      text += to_rfc3339(value);
    else if constexpr (std::is_same_v<Value, std::optional<std::string>>)
      text += value ? "+" + *value : "-";
    else if constexpr (std::is_same_v<Value, std::optional<std::uint32_t>>)
      text += value ? "+" + std::to_string(*value) : "-";
    else if constexpr (std::is_same_v<Value, std::shared_ptr<const Backoff>>)
      backoff(value);
    else if constexpr (std::is_same_v<Value, std::vector<PlanAction>>)
      actions(value);
    else
      for (const auto one : value) text += std::to_string(one) + ",";
    (text += '|') += name;
  }
  void json(std::string_view name, const auto& value) { (*this)(name, value); }
  void payload(std::string_view name, const std::string& value, const PayloadRef&) { (*this)(name, value); }
  void since(unsigned, std::string_view name, const auto& value) { (*this)(name, value); }
  void spec(const JobSpecPtr& value) {
    (*this)("job_type", value->job_type);
    (*this)("name", value->name);
    (*this)("description", value->description);
    (*this)("service", value->service);
    (*this)("campaign", value->campaign);
    (*this)("max_attempts", value->max_attempts.value_or(default_max_attempts));
    (*this)("max_expiries", value->max_expiries.value_or(default_max_expiries));
    (*this)("timeout_ms", value->timeout_ms);
    (*this)("priority", value->priority);
    (*this)("run_at", value->run_at);
    backoff(value->backoff);
  }
  void actions(const std::vector<PlanAction>& values) {
    for (const PlanAction& one : values) {
      (*this)("do", one.verb);
      (*this)("enqueued_by", one.enqueued_by);
      (*this)("campaign", one.campaign);
      (*this)("job_type", one.job_type);
      (*this)("service", one.service);
    }
  }
  void backoff(const std::shared_ptr<const Backoff>& value) {
    if (!value) return;
    (*this)("kind", value->kind);
    (*this)("jitter", value->jitter);
    (*this)("base_ms", value->base_ms);
    (*this)("max_ms", value->max_ms);
    (*this)("factor", value->factor);
    (*this)("delays_ms", value->delays_ms);
  }
};

std::string fields_of(const EventData& data) {
  Spell visit;
  std::visit([&](const auto& event) { event.fields(event, visit); }, data);
  return visit.text;
}

void check_round_trip(const EventData& data, const std::string& principal, Time time, Seq cause) {
  INFO(type_name(data));
  Event event{data, principal, time, cause, -1};
  const std::string bytes = bytes_of(event);
  Event back = must(decode_event(bytes));
  const PayloadAtHand payload = payload_of(event.data);
  if (payload.ref != nullptr) {
    CHECK(payload_of(back.data).bytes.empty());
    put_payload(back.data, std::string{payload.bytes});
  }
  CHECK(back.data.index() == data.index());
  CHECK(back.principal == principal);
  CHECK(back.time == time);
  CHECK(back.cause == cause);
  CHECK((fields_of(back.data) == fields_of(data)));
  CHECK((bytes_of(back) == bytes));
}

}  // namespace

TEST_CASE("the samples are of every type") {
  for (const auto& samples : {sample_events(), empty_events(), extreme_events()}) {
    REQUIRE(samples.size() == std::variant_size_v<EventData>);
    for (std::size_t i = 0; i < samples.size(); ++i) CHECK(samples[i].index() == i);
  }
}

TEST_CASE("every type comes back from its bytes") {
  for (const EventData& data : sample_events()) check_round_trip(data, "alice@10.0.0.1", at(5), 41);
}

TEST_CASE("empty fields come back") {
  for (const EventData& data : empty_events()) check_round_trip(data, "", no_time, 0);
}

TEST_CASE("the largest numbers and texts of any bytes come back") {
  std::string principal(255, '\xff');
  for (const EventData& data : extreme_events()) check_round_trip(data, principal, Time{Duration{INT64_MAX}}, huge);
}

TEST_CASE("moments before 1970 come back") {
  check_round_trip(QueueResumed{}, "x", Time{Duration{-1}}, 0);
  check_round_trip(QueueResumed{}, "x", Time{Duration{INT64_MIN}}, 0);
}

TEST_CASE("bytes that are cut anywhere are refused") {
  for (const EventData& data : sample_events()) {
    const std::string bytes = bytes_of(said(data));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      INFO(type_name(data) << " cut to " << size);
      CHECK(refusal(decode_event(std::string_view{bytes}.substr(0, size))) == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("bytes with something behind them are refused") {
  for (const EventData& data : sample_events()) {
    INFO(type_name(data));
    CHECK(refusal(decode_event(bytes_of(said(data)) + '\0')) == ErrorCode::corrupt);
  }
}

TEST_CASE("an unknown type code is refused") {
  std::string bytes = bytes_of(said(QueuePaused{1, 2}));
  for (const int code : {0, static_cast<int>(code_of(std::variant_size_v<EventData> - 1)) + 1, 255}) {
    bytes[0] = static_cast<char>(code);
    CHECK_THAT(error_of(decode_event(bytes)).detail, ContainsSubstring("unknown type code"));
  }
}

TEST_CASE("a version of the future is refused by name") {
  std::string bytes = bytes_of(said(QueuePaused{1, 2}));
  bytes[1] = 2;
  CHECK_THAT(error_of(decode_event(bytes)).detail,
             ContainsSubstring("version 2 of QueuePaused was written by a newer breakerd"));
  bytes[1] = 0;
  CHECK_THAT(error_of(decode_event(bytes)).detail, ContainsSubstring("no version 0"));
}

TEST_CASE("the version of a body can be told without decoding it") {
  CHECK(version_of_body(bytes_of(said(QueuePaused{1, 2}))) == 1);
  CHECK(version_of_body(bytes_of(said(CircuitOpened{}))) == 3);
  CHECK(version_of_body("") == 0);
  CHECK(version_of_body("\x01") == 0);
}

TEST_CASE("values out of their range are refused") {
  std::string opening = bytes_of(said(CircuitOpened{1, true, "", "", "", "", 0, {}}));
  // epoch, by_hand, four empty texts, job, campaign, an empty worker, in_flight
  const std::size_t by_hand = opening.size() - 1 - 1 - 16 - 1 - 4 - 1;
  REQUIRE(opening[by_hand] == 1);
  opening[by_hand] = 2;
  CHECK(refusal(decode_event(opening)) == ErrorCode::corrupt);

  std::string again = bytes_of(said(OpeningReaffirmed{1, "", "", InFlight::finish}));
  REQUIRE(again.back() == 1);
  again.back() = 2;
  CHECK(refusal(decode_event(again)) == ErrorCode::corrupt);

  std::string hold = bytes_of(said(HoldPlaced{1, HoldKind::service, "", "", 0}));
  const std::size_t kind = hold.size() - 4;
  REQUIRE(hold[kind] == 1);
  hold[kind] = 2;
  CHECK(refusal(decode_event(hold)) == ErrorCode::corrupt);

  std::string lease = bytes_of(said(JobLeased{1, {}, "", {}, 1, 1}));
  lease.pop_back();
  lease += "\xff\xff\xff\xff\x1f";  // an attempt of more than 32 bits
  CHECK(refusal(decode_event(lease)) == ErrorCode::corrupt);
}

TEST_CASE("a count that promises more than there is takes no memory") {
  std::string bytes = bytes_of(said(HoldsLifted{{}, 0, 0, 0}));
  bytes.resize(bytes.size() - 5);
  bytes += "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  CHECK(refusal(decode_event(bytes)) == ErrorCode::corrupt);
}

TEST_CASE("random bytes are refused or come back, and never crash") {
  for (const EventData& data : sample_events()) {
    const std::string whole = bytes_of(said(data));
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const int change : {0x01, 0x80, 0xff}) {
        std::string bytes = whole;
        bytes[i] = static_cast<char>(bytes[i] ^ change);
        const auto event = decode_event(bytes);
        if (!event) CHECK(event.error().code == ErrorCode::corrupt);
      }
  }
}

TEST_CASE("an event's fields are valid JSON with the names of its field list") {
  for (const EventData& data : sample_events()) {
    INFO(type_name(data));
    const auto json = nlohmann::json::parse(json_of(data));
    CHECK(json.is_object());
    CHECK_FALSE(json.empty());
  }
  for (const EventData& data : empty_events()) CHECK(nlohmann::json::parse(json_of(data)).is_object());
}

TEST_CASE("empty texts, identifiers and payloads are null, absent updates are absent") {
  CHECK(
      json_of(CircuitOpened{}) ==
      R"({"epoch":0,"by_hand":false,"reason":null,"error":null,"error_type":null,"service":null,"job":null,"campaign":null,"worker":null,"in_flight":"stop"})");
  CHECK(json_of(CampaignUpdated{{}, "x", {}, {}, {}}) == R"({"campaign":null,"name":"x"})");
  CHECK(json_of(JobCompleted{4, {}, ""}) ==
        R"({"job":4,"campaign":null,"result":null,"result_bytes":null,"result_sha256":null})");
}

TEST_CASE("a number has one form in bytes") {
  const auto number = [](std::string_view bytes) -> std::optional<std::uint64_t> {
    BinaryReader in{bytes};
    const std::uint64_t value = in.number();
    return in.done() ? std::optional{value} : std::nullopt;
  };
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0} >> 1,
                                    (~std::uint64_t{0} >> 1) + 1, ~std::uint64_t{0}}) {
    std::string bytes;
    BinaryWriter{bytes}.number(value);
    CHECK(number(bytes) == value);
  }
  using namespace std::string_view_literals;
  for (const std::string_view overlong : {"\x80\x00"sv, "\xff\x00"sv, "\x81\x80\x00"sv}) CHECK_FALSE(number(overlong));
  const std::string nine_bytes(9, '\xff');
  CHECK(number(nine_bytes + '\x01') == ~std::uint64_t{0});
  CHECK_FALSE(number(nine_bytes + '\x02'));
  CHECK_FALSE(number(nine_bytes + '\x7f'));
  CHECK_FALSE(number(nine_bytes + "\x81\x01"));
}

TEST_CASE("type codes and names belong together") {
  std::set<std::string_view> names;
  for (const EventData& data : sample_events()) {
    names.insert(type_name(data));
    CHECK(type_code(type_name(data)) == code_of(data.index()));
    CHECK(type_code_of_body(bytes_of(said(data))) == code_of(data.index()));
  }
  CHECK(names.size() == std::variant_size_v<EventData>);
  CHECK(type_code("JobHoldLifted") == 34);
  CHECK(type_code("JobTypeSet") == 37);
  CHECK(type_code("JobTypeRemoved") == 38);
  CHECK(type_code("RequestAnswered") == 39);
  CHECK(type_code("QueueTimeSet") == 42);
  CHECK(type_code("ScheduleSet") == 43);
  CHECK(type_code("ScheduleSkipped") == 48);
  CHECK(type_code("NoSuchThing") == 0);
  CHECK(type_code_of_body("") == 0);
}

TEST_CASE("streams have names that can be read back") {
  for (const EventData& data : sample_events()) {
    const Stream stream = stream_of(data);
    CHECK(Stream::parse(stream.to_string()) == stream);
  }
  CHECK(stream_of(QueuePaused{}).to_string() == "queue");
  CHECK(stream_of(closed(1)).to_string() == "breaker");
  CHECK(stream_of(leased(12, campaign_id(1))).to_string() == "job-12");
  CHECK(stream_of(CampaignSealed{campaign_id(1)}).to_string() == "campaign-" + campaign_id(1).to_string());
  for (const char* text : {"", "job", "job-", "job-0", "job--1", "job-1x", "job-18446744073709551616", "campaign-",
                           "campaign-x", "Queue", "breaker "})
    CHECK_FALSE(Stream::parse(text));
}

TEST_CASE("the first event of an append with an operation says so, behind the principal") {
  Event event{CircuitClosed{3, "ok"}, "alice", Time{std::chrono::microseconds{1}}, 0, -1};
  const std::string without = bytes_of(event);
  event.operation.id.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  event.operation.events = 2;
  const std::string with = bytes_of(event);
  CHECK(to_hex(reinterpret_cast<const std::uint8_t*>(without.data()), without.size()) ==
        "0301010005616c69636503026f6b");
  CHECK(to_hex(reinterpret_cast<const std::uint8_t*>(with.data()), with.size()) ==
        "8301010005616c6963650102030405060708090a0b0c0d0e0f100203026f6b");
  CHECK(type_code_of_body(with) == type_code_of_body(without));
  CHECK(version_of_body(with) == 1);
  CHECK(must(decode_event(with)).operation == event.operation);
  CHECK(must(decode_event(without)).operation == Operation{});

  std::string nobody = with;
  std::fill_n(nobody.begin() + 10, 16, '\0');
  CHECK(refusal(decode_event(nobody)) == ErrorCode::corrupt);
  std::string empty = with;
  empty[26] = '\0';
  CHECK(refusal(decode_event(empty)) == ErrorCode::corrupt);
  CHECK(refusal(decode_event(with.substr(0, 20))) == ErrorCode::corrupt);
}
