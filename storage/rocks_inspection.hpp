#pragma once
// A data directory as it is, for offline tools: nothing is changed, locked or checked.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "events/error.hpp"
#include "storage/head_file.hpp"
#include "storage/read_view.hpp"

namespace breakerd {

struct Inspection {
  std::unique_ptr<ReadView> view;  ///< of one moment, also while a daemon goes on
  std::optional<HeadRecord> head;  ///< as of that moment or before; nullopt: missing or unreadable
  std::string damage;              ///< what of the newest part could not be read and is not in the view; else empty
};

/// `storage` when there is no log; `corrupt` when nothing of it can be read.
[[nodiscard]] Result<Inspection> inspect(const std::filesystem::path& directory);

}  // namespace breakerd
