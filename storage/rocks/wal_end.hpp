#pragma once
// Where a WAL ends. Its file is longer than what was written to it (wal_files.hpp): zeros follow the last record, and
// after a power cut a commit that was under way may be there in part, some of its sectors written and others still
// zero. RocksDB would call that corruption. It is none: the commit before it was synced first, and nobody was told of
// this one.

#include <cstddef>
#include <string_view>

namespace breakerd {

/// How many bytes of `wal`, a whole WAL file in RocksDB's format, are to be read.
///
/// Behind them are zeros only, or, when it is the `last` one with anything in it, one commit that was never whole: a
/// part of it reads as zeros, and no other commit begins after it. Whatever else is wrong with a file is not judged
/// here: the answer is then wal.size(), and RocksDB finds the damage.
[[nodiscard]] std::size_t sound_end(std::string_view wal, bool last);

/// Whether a WAL that begins with `bytes` has nothing in it.
[[nodiscard]] bool is_empty_wal(std::string_view bytes);

/// As many bytes of a WAL's beginning are enough for is_empty_wal().
inline constexpr std::size_t wal_header_bytes = 7;

}  // namespace breakerd
