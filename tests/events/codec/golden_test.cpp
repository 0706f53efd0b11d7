// Frozen events: what a breakerd of the past wrote must stay readable, byte for byte. A golden is never changed; a new
// version of a type adds a file. With BREAKERD_WRITE_GOLDENS=1 in the environment missing files are written.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/model/hex.hpp>
#include "tests/support/results.hpp"
#include "tests/support/sample_events.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const std::filesystem::path goldens = std::filesystem::path{BREAKERD_TESTS_DIR} / "events" / "goldens";

/// As the log alone shows it, less the place and the hash.
std::string json_of(const Event& event) {
  std::string json = "{\"time\":\"" + to_rfc3339(event.time) + "\",\"principal\":\"" + event.principal +
                     "\",\"cause\":" + std::to_string(event.cause) + ",\"data\":";
  append_event_data(json, event.data);
  return json + "}";
}

std::string hex_of(Event event) {
  std::string bytes;
  encode_event(bytes, event);
  return to_hex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// The file's first line; writes the file when it is missing and that was asked for.
std::string read_golden(const std::filesystem::path& file, const std::string& content) {
  if (!std::filesystem::exists(file) && std::getenv("BREAKERD_WRITE_GOLDENS") != nullptr) {
    std::filesystem::create_directories(goldens);
    std::ofstream{file} << content << '\n';
  }
  std::ifstream in{file};
  std::string line;
  INFO(file);
  REQUIRE(std::getline(in, line));
  return line;
}

}  // namespace

TEST_CASE("every type of event has a golden of the version that is written, and it is still what is written") {
  for (const EventData& data : sample_events()) {
    const Event event{data, "alice@10.0.0.1", at(42) + Duration{123'456}, 41, -1};
    const std::string name = std::string{type_name(data)} + ".v" + std::to_string(event_version(data));
    INFO(name);
    CHECK(read_golden(goldens / (name + ".hex"), hex_of(event)) == hex_of(event));
    const std::string json = json_of(must(decode_event(from_hex(hex_of(event)))));
    CHECK(read_golden(goldens / (name + ".json"), json) == json);
  }
}

namespace {

/// What is read for a field that came later, where it is not null.
const nlohmann::json later_values = {{"max_expiries", 10},
                                     {"expired", false},
                                     {"counted", false},
                                     {"priority", 0},
                                     {"delay_ms", 0},
                                     {"no_retry", false},
                                     {"discarded", false},
                                     {"weight", 1},
                                     {"status", "FAILED"},
                                     {"parked", 0},
                                     {"in_flight", "stop"},
                                     {"canary", 0},
                                     {"ramp_from_thousandths", 0},
                                     {"ramp_to_thousandths", 0},
                                     {"ramp_over_ms", 0},
                                     {"actions", nlohmann::json::array()}};

/// What came after an event's version has no value, or the one above; everything else is as the golden says.
void check_json_of_older(const std::string& now, const std::string& golden) {
  const auto expected = nlohmann::json::parse(golden);
  auto shown = nlohmann::json::parse(now);
  auto& data = shown.at("data");
  for (auto field = data.begin(); field != data.end();) {
    if (expected.at("data").contains(field.key())) {
      ++field;
      continue;
    }
    INFO(field.key());
    const bool is_count = field.key() == "expired" && expected.at("data").contains("completed");
    CHECK(field.value() == (is_count ? nlohmann::json(0) : later_values.value(field.key(), nlohmann::json{})));
    field = data.erase(field);
  }
  CHECK(shown == expected);
}

}  // namespace

TEST_CASE("every golden of every version decodes to its JSON, and what came later has no value") {
  std::size_t count = 0;
  std::size_t older = 0;
  for (const auto& entry : std::filesystem::directory_iterator{goldens}) {
    if (entry.path().extension() != ".hex") continue;
    ++count;
    INFO(entry.path());
    auto json_file = entry.path();
    const std::string json = read_golden(json_file.replace_extension(".json"), {});
    const Event event = must(decode_event(from_hex(read_golden(entry.path(), {}))));
    if (entry.path().stem().string().ends_with(".v" + std::to_string(event_version(event.data)))) {
      CHECK(json_of(event) == json);
      continue;
    }
    ++older;
    check_json_of_older(json_of(event), json);
  }
  CHECK(count >= std::variant_size_v<EventData> + older);
  CHECK(older >= 3);
}
