#pragma once
// What `replay --json` prints (docs/breakerctl.md, "JSON").

#include <string>

#include <breakerd/storage/offline/offline.hpp>

namespace breakerd::ctl {

/// One object. Circuit, counts, queue, campaigns and the event are written as the API writes them.
[[nodiscard]] std::string to_json(const ReplayReport& report);

}  // namespace breakerd::ctl
