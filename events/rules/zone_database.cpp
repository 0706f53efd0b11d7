// The date library (libdate-tz) reads the list of changes of a zone. It does not read the rule at the end of the zone's
// file: to it nothing changes after the last one listed, which is of 2037, or of 2007 and before where the database is
// without needless changes (zic -b slim). So the rule is read here.

#include <breakerd/events/rules/zone_database.hpp>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <date/tz.h>

#include <breakerd/events/model/limits.hpp>

// How the library was built decides how its types lie in memory; its CMake package says so. Debian and Ubuntu build it
// for the machine's database: it downloads nothing.
static_assert(USE_OS_TZDB == 1);

namespace breakerd {
namespace {

constexpr std::string_view directory = "/usr/share/zoneinfo/";
constexpr std::size_t file_bytes_max = 1 << 20;
constexpr Time changes_begin{};  ///< earlier changes have no use
constexpr Time changes_end{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};

bool is_name(std::string_view name) {
  const auto belongs = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= limits::time_zone_bytes_max && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), belongs);
}

Error refusal(std::string detail) {
  Error error = make_error(ErrorCode::invalid, std::move(detail));
  error.fields.push_back({"time_zone", "UTC or a name of the IANA time zone database, e.g. Europe/Berlin"});
  return error;
}

/// null: there is none.
const date::tzdb* find_database() {
  try {
    const date::tzdb& database = date::get_tzdb();
    return database.zones.empty() ? nullptr : &database;
  } catch (const std::exception&) {  // it finds no directory of zones
    return nullptr;
  }
}

std::vector<OffsetChange> changes_of(const date::time_zone& zone) {
  std::vector<OffsetChange> changes;
  std::chrono::sys_seconds at = std::chrono::floor<std::chrono::seconds>(changes_begin - std::chrono::days{4});
  while (at < changes_end) {
    const date::sys_info info = zone.get_info(at);
    changes.push_back({at, info.offset});
    if (info.end <= at) break;  // a file out of order
    at = info.end;
  }
  return changes;
}

/// The line at the end of the zone's file.
std::string rule_of(std::string_view name) {
  std::ifstream file{std::string{directory} + std::string{name}, std::ios::binary};
  std::string bytes;
  for (char byte = 0; bytes.size() < file_bytes_max && file.get(byte);) bytes.push_back(byte);
  if (bytes.empty() || bytes.back() != '\n') return {};
  bytes.pop_back();
  return bytes.substr(bytes.rfind('\n') + 1);
}

}  // namespace

Result<TimeZone> find_time_zone(std::string_view name) {
  if (name == "UTC") return TimeZone{};
  if (!is_name(name)) return refusal("time_zone: expected the name of a zone");
  const std::string quoted = "\"" + std::string{name} + "\"";
  try {
    const date::tzdb* database = find_database();
    if (database == nullptr)
      return refusal("time zone " + quoted + ": this machine has no time zone database (tzdata), so there is UTC only");
    const auto zone = std::find_if(database->zones.begin(), database->zones.end(),
                                   [&](const date::time_zone& known) { return known.name() == name; });
    // The last two say where the machine is, or that nobody has said it.
    if (zone == database->zones.end() || name == "localtime" || name == "Factory")
      return refusal("unknown time zone " + quoted);
    auto rule = parse_posix_rule(rule_of(name));
    if (!rule) return refusal("time zone " + quoted + ": its file cannot be read");
    return TimeZone{std::string{name}, changes_of(*zone), std::move(rule)};
  } catch (const std::exception& error) {
    return refusal("time zone " + quoted + ": its file cannot be read: " + error.what());
  }
}

}  // namespace breakerd
