#include <breakerd/storage/log/log_files.hpp>

#include <algorithm>

namespace breakerd {

namespace fs = std::filesystem;

Result<LogFiles> look_for_log(const fs::path& directory) {
  const fs::path log = directory / "log";
  auto found = LogFiles::none;  // each is more than those before it
  std::error_code error;
  for (fs::directory_iterator at{log, error}, end; !error && at != end; at.increment(error)) {
    const fs::path name = at->path().filename();
    if (name == "CURRENT") return LogFiles::current;
    const bool is_data = name.extension() == ".sst" || name.extension() == ".log";
    found = std::max(found, is_data ? LogFiles::no_current : LogFiles::begun);
  }
  if (!error || error == std::errc::no_such_file_or_directory) return found;
  return make_error(ErrorCode::storage, log.string() + ": " + error.message());
}

}  // namespace breakerd
