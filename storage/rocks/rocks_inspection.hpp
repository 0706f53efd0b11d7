#pragma once
// A data directory as it is, for offline tools: nothing is changed, locked or checked.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

struct Inspection {
  std::unique_ptr<ReadView> view;  ///< of one moment, also while a daemon goes on
  std::optional<HeadRecord> head;  ///< as of that moment or before; nullopt: missing or unreadable
  std::string damage;              ///< what of the newest part could not be read and is not in the view; else empty
  std::string rows_damage;         ///< why files of rows could not be opened: rows are `corrupt` then; else empty
};

/// Whether it has HEAD or log/CURRENT. When that cannot be told it has not.
[[nodiscard]] bool is_data_directory(const std::filesystem::path& directory) noexcept;
/// The error that says so.
[[nodiscard]] Error no_data_directory(const std::filesystem::path& directory);
/// Whether nothing at all is in log/, or it is not there.
[[nodiscard]] bool lost_whole_log(const std::filesystem::path& directory) noexcept;
/// What HEAD says; nullopt: missing or unreadable.
[[nodiscard]] Result<std::optional<HeadRecord>> read_head(const std::filesystem::path& directory);

/// `storage` when it is no data directory or the system refuses to read it; `corrupt` when nothing of the log can be
/// read: files are missing that must be there, or are damaged.
[[nodiscard]] Result<Inspection> inspect(const std::filesystem::path& directory);

}  // namespace breakerd
