#pragma once
// The rows of a log in RocksDB, made anew from its events. For rocks_log.cpp.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd {

/// For a rebuild, by whoever has the directory's lock. Damage in the files of rows is no obstacle (unless they are in
/// `default` and one is missing, or its index is damaged). All other damage is an error, as at a start. A database
/// that `is_lenient` must be opened once more before it is used for anything else.
[[nodiscard]] Result<std::unique_ptr<Database>> open_for_rebuild(
    const std::filesystem::path& directory, const std::function<void(const std::string&)>& log_line);

/// Makes the rows of a log whose last event is `end`, beside the rows there are. Those stay when it fails. Payloads are
/// not looked at. Errors: `corrupt`, when the log is; `storage`, when a write fails.
[[nodiscard]] Result<void> make_rows(const std::unique_ptr<Database>& database, Seq end,
                                     const RebuildProgress& progress);

}  // namespace breakerd
