#include <breakerd/events/model/schedule.hpp>

namespace breakerd {

std::string_view to_string(MissedRuns missed) { return missed == MissedRuns::once ? "once" : "skip"; }

}  // namespace breakerd
