#include <breakerd/events/rules/zone_file.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace breakerd {
namespace {

using namespace std::chrono;

constexpr std::string_view magic = "TZif";
constexpr std::size_t counts_at = 20;  ///< of a header
constexpr std::size_t header_bytes = 44;
constexpr std::size_t type_bytes = 6;
constexpr seconds offset_end{24 * 60 * 60};
/// Changes out of these have no use.
constexpr seconds changes_begin = -hours{4 * 24};
constexpr seconds changes_end = floor<seconds>(sys_days{year{9999} / 12 / 31}.time_since_epoch());

/// With a sign, the most significant byte first.
std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t number = (static_cast<unsigned char>(bytes[at]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < length; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(number);
}

/// How many of each kind stand behind a header.
struct Counts {
  std::uint64_t universal = 0, standard = 0, leaps = 0, changes = 0, types = 0, letters = 0;

  [[nodiscard]] std::uint64_t bytes(std::uint64_t time_bytes) const {
    return changes * (time_bytes + 1) + types * type_bytes + letters + leaps * (time_bytes + 4) + standard + universal;
  }
};

std::optional<Counts> take_header(std::string_view& bytes) {
  if (bytes.size() < header_bytes || !is_zone_file(bytes) || bytes[magic.size()] < '2') return std::nullopt;
  const auto count = [&](std::size_t place) {
    return static_cast<std::uint64_t>(number_at(bytes, counts_at + 4 * place, 4)) & 0xFFFF'FFFF;
  };
  const Counts counts{count(0), count(1), count(2), count(3), count(4), count(5)};
  bytes.remove_prefix(header_bytes);
  return counts;
}

std::optional<std::string_view> take_block(std::string_view& bytes, std::uint64_t length) {
  if (length > bytes.size()) return std::nullopt;
  const std::string_view block = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return block;
}

/// Of a block with times of eight bytes.
std::optional<std::vector<OffsetChange>> changes_of(std::string_view block, const Counts& counts) {
  const std::size_t indexes = 8 * counts.changes;
  const std::size_t types = indexes + counts.changes;
  const auto offset_of = [&](std::size_t type) -> std::optional<seconds> {
    if (type >= counts.types) return std::nullopt;
    const seconds offset{number_at(block, types + type * type_bytes, 4)};
    return offset > -offset_end && offset < offset_end ? std::optional{offset} : std::nullopt;
  };
  const auto first = offset_of(0);
  if (!first) return std::nullopt;
  std::vector<OffsetChange> changes{{Time{changes_begin}, *first}};
  for (std::size_t i = 0; i < counts.changes; ++i) {
    const seconds at{number_at(block, 8 * i, 8)};
    const auto offset = offset_of(static_cast<unsigned char>(block[indexes + i]));
    if (!offset || (i > 0 && at.count() <= number_at(block, 8 * (i - 1), 8))) return std::nullopt;
    if (at > changes_end) break;
    if (at <= changes_begin)
      changes.front().offset = *offset;
    else
      changes.push_back({Time{at}, *offset});
  }
  return changes;
}

/// What stands between two ends of lines.
std::optional<PosixRule> rule_of(std::string_view footer) {
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return std::nullopt;
  return parse_posix_rule(footer.substr(1, footer.size() - 2));
}

}  // namespace

bool is_zone_file(std::string_view bytes) { return bytes.starts_with(magic); }

std::optional<TimeZone> parse_zone_file(std::string name, std::string_view bytes) {
  const auto of_version_1 = take_header(bytes);
  if (!of_version_1 || !take_block(bytes, of_version_1->bytes(4))) return std::nullopt;
  const auto counts = take_header(bytes);
  if (!counts) return std::nullopt;
  const auto block = take_block(bytes, counts->bytes(8));
  if (!block) return std::nullopt;
  auto changes = changes_of(*block, *counts);
  const auto rule = rule_of(bytes);
  if (!changes || !rule) return std::nullopt;
  return TimeZone{std::move(name), std::move(*changes), rule};
}

}  // namespace breakerd
