#pragma once
// What goes wrong with a simulated disk, and when: the disk asks, and never decides by itself. This one has no faults;
// the simulation overrides what it draws from its seed.

#include <optional>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/storage/tables/table.hpp>

namespace breakerd::simulation {

/// How a commit ends.
enum class CommitEnd {
  synced,     ///< as it should
  full,       ///< nothing is written: no space is left
  sync_lost,  ///< the sync fails, and nothing of the commit is there later
  sync_kept,  ///< the sync fails, and all of the commit is there when the log is opened again
};

/// How far opening the log again comes.
enum class ReopenEnd {
  done,
  at_the_probe,  ///< the disk takes no writes: the old log is still open, for reads
  at_the_log,  ///< the old log is closed, and the new one cannot be opened for writing. What is left is read, unless it
               ///< has a commit that nobody was told of: then nothing is
};

/// Who reads.
enum class Reader {
  view,  ///< somebody who asks for a view
  log,   ///< the log itself, for its checks at the start and for what an append needs
};

class DiskFaults {
 public:
  virtual ~DiskFaults() = default;

  /// Asked when a commit that ends with event `last` is about to be written.
  virtual CommitEnd next_commit(Seq last) { return static_cast<void>(last), CommitEnd::synced; }

  /// The commit is written and not yet synced. Whatever others do meanwhile happens here; the process may die in it
  /// (SimulatedDisk::crash()).
  virtual void while_syncing() {}

  virtual ReopenEnd next_reopen() { return ReopenEnd::done; }

  /// Asked for each read of a table; with an error, storage or corrupt, it fails.
  virtual std::optional<ErrorCode> next_read(Reader reader, Table table) {
    return static_cast<void>(reader), static_cast<void>(table), std::nullopt;
  }

  /// Whether HEAD cannot be written now.
  virtual bool head_fails() { return false; }

  /// A commit has left HEAD behind the log: SimulatedDisk::write_head() has to follow, within 10 ms in the real one.
  /// Not called again before it has.
  virtual void head_is_behind() {}
};

}  // namespace breakerd::simulation
