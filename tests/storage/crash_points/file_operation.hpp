#pragma once
// What a process did to files, one call after the other, and between the calls what it was promised.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <breakerd/events/model/ids.hpp>

namespace breakerd::crash {

/// A file, whatever its names are. Given in the order of creation.
using FileId = std::size_t;

/// One call. Paths are relative to the root that is recorded; the root itself is the empty path.
struct FileOperation {
  enum class Kind {
    create,          ///< `path` is a new, empty `file`
    write,           ///< `bytes`, or that many `zeros`, into `file` at `offset`
    resize,          ///< `file` has `offset` bytes
    sync,            ///< all of `file` is durable, but not its name
    make_directory,  ///< `path`
    rename,          ///< `path` is called `target`, in the same directory, and what was there is gone
    link,            ///< `path` is also called `target`
    remove,          ///< `path` is gone
    sync_directory,  ///< the names in `path` are durable
    sync_all,        ///< everything is durable
    // No calls: what whoever uses the log knows at this moment.
    submitted,       ///< events up to `seq` were handed to the log
    acknowledged,    ///< events up to `seq` were said to be durable
    fault_changing,  ///< a failure is under way, or the mark of it is being taken away
    fault_known,     ///< the log has answered that an outcome is unknown: the next start must know of it
    fault_ended,     ///< the mark of it is gone
  };

  Kind kind{};
  std::string path = {};
  std::string target = {};
  FileId file = 0;
  std::uint64_t offset = 0;
  std::string bytes = {};
  std::uint64_t zeros = 0;
  Seq seq = 0;

  [[nodiscard]] bool is_call() const { return kind < Kind::submitted; }
};

using FileOperations = std::vector<FileOperation>;

}  // namespace breakerd::crash
