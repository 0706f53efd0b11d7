#include <breakerd/events/rules/zone_database.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/zone_file.hpp>

namespace breakerd {
namespace {

constexpr std::string_view directory = "/usr/share/zoneinfo/";
constexpr std::size_t file_bytes_max = 1 << 20;

bool is_name(std::string_view name) {
  const auto belongs = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= limits::time_zone_bytes_max && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), belongs);
}

/// Some files there are not zones by that name: they say where the machine is, or how times are counted.
bool may_be_zone(std::string_view name) {
  return name != "localtime" && name != "Factory" && name != "posixrules" && !name.starts_with("posix/") &&
         !name.starts_with("right/") && name.find("//") == std::string_view::npos;
}

Error refusal(std::string detail) {
  Error error = make_error(ErrorCode::invalid, std::move(detail));
  error.fields.push_back({"time_zone", "UTC or a name of the IANA time zone database, e.g. Europe/Berlin"});
  return error;
}

std::string quoted(std::string_view name) { return "\"" + std::string{name} + "\""; }

Error unknown(std::string_view name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored)) return refusal("unknown time zone " + quoted(name));
  return refusal("time zone " + quoted(name) +
                 ": this machine has no time zone database (tzdata), so there is UTC only");
}

Error unreadable(std::string_view name, const std::string& why) {
  return make_error(ErrorCode::storage, "time zone " + quoted(name) + ": its file cannot be read: " + why);
}

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

/// All of it; or the errno that says why not.
std::pair<std::string, int> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rbe")};
  if (file == nullptr) return {{}, errno};
  std::string bytes;
  std::array<char, 4096> piece{};
  while (bytes.size() < file_bytes_max) {
    errno = 0;
    const std::size_t count = std::fread(piece.data(), 1, piece.size(), file.get());
    bytes.append(piece.data(), count);
    if (std::ferror(file.get()) != 0) return {{}, errno};
    if (count < piece.size()) break;
  }
  return {std::move(bytes), 0};
}

bool is_absent(int error) { return error == ENOENT || error == ENOTDIR || error == EISDIR; }

Result<TimeZone> read_zone(std::string_view name) {
  if (!may_be_zone(name)) return unknown(name);
  const auto [bytes, error] = read_file(std::string{directory} + std::string{name});
  if (is_absent(error)) return unknown(name);
  if (error != 0) return unreadable(name, std::generic_category().message(error));
  if (!bytes.empty() && !is_zone_file(bytes)) return unknown(name);
  auto zone = parse_zone_file(std::string{name}, bytes);
  if (!zone) return unreadable(name, "it is damaged, or of an old format");
  return std::move(*zone);
}

/// What was read. No more than there are files.
class KnownZones {
 public:
  [[nodiscard]] std::optional<TimeZone> find(std::string_view name) {
    const std::lock_guard lock{mutex_};
    const auto at = zones_.find(name);
    return at == zones_.end() ? std::nullopt : std::optional{at->second};
  }
  /// The zone that is known by this name from here on: another thread may have been first.
  TimeZone keep(std::string_view name, TimeZone zone) {
    const std::lock_guard lock{mutex_};
    return zones_.emplace(name, std::move(zone)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, TimeZone, std::less<>> zones_;
};

}  // namespace

Result<TimeZone> find_time_zone(std::string_view name) {
  static KnownZones known;
  if (name == "UTC") return TimeZone{};
  if (!is_name(name)) return refusal("time_zone: expected the name of a zone");
  if (auto zone = known.find(name)) return std::move(*zone);
  auto zone = read_zone(name);
  if (!zone) return zone;
  return known.keep(name, std::move(*zone));
}

}  // namespace breakerd
