#pragma once
// Whether there is a log, by the names of the files in log/ alone: what decides if a start may make a new one. RocksDB
// would make one wherever CURRENT is missing, and delete the tables that lie there.

#include <filesystem>

#include <breakerd/events/model/error.hpp>

namespace breakerd {

enum class LogFiles {
  none,        ///< log/ is not there or empty
  begun,       ///< neither CURRENT nor a table or a WAL, but other files: the making of one was broken off
  no_current,  ///< tables or WALs, but not CURRENT, which is there before them
  current,     ///< CURRENT
};

/// Of the data directory `directory`. `storage` when it cannot be told. Does not throw.
[[nodiscard]] Result<LogFiles> look_for_log(const std::filesystem::path& directory);

}  // namespace breakerd
