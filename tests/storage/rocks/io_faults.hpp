#pragma once
// Faults of the operating system, for this test program: it defines fsync, fdatasync, write and pwrite itself, and the
// shared libraries' calls end up there too.

#include <string>

namespace breakerd::test {

/// The next fsync or fdatasync of a file whose name ends with `name_end` fails with EIO, after doing its work: what was
/// written may well be on the disk.
void fail_next_sync(std::string name_end);

/// As above, for good, until end_faults().
void fail_syncs(std::string name_end);

/// Every write to such a file fails with ENOSPC, until end_faults().
void fail_writes(std::string name_end);

/// The next sync of such a file does not begin before release_sync() or end_faults(). wait_for_held_sync() returns when
/// it is asked for.
void hold_next_sync(std::string name_end);
void wait_for_held_sync();
void release_sync();

void end_faults();

/// How many calls were made to fail since the start of the program.
[[nodiscard]] int faults_seen();

}  // namespace breakerd::test
