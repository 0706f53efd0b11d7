#include <breakerd/storage/rocks/wal_end.hpp>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstdint>
#include <optional>

namespace breakerd {
namespace {

// RocksDB's format (its wiki, "Write Ahead Log File Format"): blocks, in which records do not cross a border; a record
// has a masked CRC-32C of type and data (4 bytes), the length of its data (2), a type (1), and the data.
constexpr std::size_t block_bytes = 32 << 10;
constexpr std::size_t header_bytes = wal_header_bytes;
constexpr std::uint8_t type_full = 1;
constexpr std::uint8_t type_first = 2;
constexpr std::uint8_t type_last = 4;
constexpr std::uint8_t type_max = 11;  // those of settings, which come before data

/// What a disk writes as a whole.
constexpr std::size_t sector_bytes = 512;
/// As many zeros at a record's end tell that its end is not written yet; ours may end in a hash of 32 zeros.
constexpr std::size_t end_zeros = 64;

struct Record {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint8_t type = 0;

  /// A commit begins with it.
  [[nodiscard]] bool begins() const { return type == type_full || type == type_first; }
  [[nodiscard]] bool ends() const { return type == type_full || type == type_last; }
};

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

std::size_t block_end(std::size_t at) { return (at / block_bytes + 1) * block_bytes; }

/// The record at `at`, whose data may be anything; nothing when there can be none.
std::optional<Record> record_at(std::string_view wal, std::size_t at) {
  if (at + header_bytes > std::min(wal.size(), block_end(at))) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(wal[at + i]); };
  const Record record{at, at + header_bytes + byte(4) + std::size_t{byte(5)} * 256, byte(6)};
  if (record.type == 0 || record.type > type_max) return std::nullopt;
  if (record.end > std::min(wal.size(), block_end(at))) return std::nullopt;
  return record;
}

/// Where the next record can be: behind `at`, or in the next block when there is no room for a header.
std::size_t next_place(std::size_t at) { return block_end(at) - at < header_bytes ? block_end(at) : at; }

bool is_intact(std::string_view wal, const Record& record) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  const std::size_t type_at = record.begin + header_bytes - 1;
  crc.process_bytes(wal.data() + type_at, record.end - type_at);
  const std::uint32_t masked = (crc.checksum() >> 15 | crc.checksum() << 17) + 0xa282ead8;
  std::uint32_t stored = 0;
  for (std::size_t i = 4; i-- > 0;) stored = stored << 8 | static_cast<std::uint8_t>(wal[record.begin + i]);
  return stored == masked;
}

/// The last commit that can be followed from header to header.
struct Tail {
  std::size_t begin = 0;  ///< of its first record
  std::size_t end = 0;    ///< behind its last one
  bool whole = true;      ///< it has one
};

Tail walk(std::string_view wal) {
  Tail tail;
  for (std::size_t at = 0; const auto record = record_at(wal, at);) {
    if (record->begins() || tail.whole) tail.begin = record->begin;
    tail.whole = record->ends() || record->type > type_last;
    tail.end = record->end;
    at = next_place(record->end);
  }
  return tail;
}

/// The first place within the tail that is not sound, or its end.
std::size_t first_unsound(std::string_view wal, const Tail& tail) {
  std::size_t at = tail.begin;
  while (at < tail.end) {
    const auto record = record_at(wal, at);
    if (!record || !is_intact(wal, *record)) return at;
    at = next_place(record->end);
  }
  return at;
}

/// Whether a sector's share of [begin, end), or the last bytes before `end`, were never written.
bool has_hole(std::string_view wal, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end;) {
    const std::size_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
    if (is_zero(wal.substr(at, next - at))) return true;
    at = next;
  }
  return end - begin >= end_zeros && is_zero(wal.substr(end - end_zeros, end_zeros));
}

/// Whether a commit begins anywhere in [from, to). Its place cannot be known behind a lost header, so every byte is
/// tried; a record's checksum leaves no doubt.
bool commit_begins_in(std::string_view wal, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at) {
    const auto record = record_at(wal, at);
    if (record && record->begins() && is_intact(wal, *record)) return true;
  }
  return false;
}

}  // namespace

bool is_empty_wal(std::string_view bytes) { return is_zero(bytes.substr(0, header_bytes)); }

std::size_t sound_end(std::string_view wal, bool last) {
  const Tail tail = walk(wal);
  const std::size_t unsound = first_unsound(wal, tail);
  const bool sound = tail.whole && unsound >= tail.end;
  if (sound && is_zero(wal.substr(tail.end))) return tail.end;
  if (!last) return wal.size();
  const std::size_t end = wal.find_last_not_of('\0') + 1;
  if (unsound >= end) return sound ? tail.end : tail.begin;
  const auto record = record_at(wal, unsound);
  const std::size_t damaged_end = record ? record->end : std::min(unsound + header_bytes, wal.size());
  if (!has_hole(wal, unsound, damaged_end) || commit_begins_in(wal, unsound + 1, end)) return wal.size();
  return sound ? tail.end : tail.begin;
}

}  // namespace breakerd
