#pragma once
// Time zones by name, from the machine's zone database (tzdata). The only one here that reads files: the rest is handed
// a TimeZone.

#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/rules/time_zone.hpp>

namespace breakerd {

/// The zone of a name of the IANA database, for instance "Europe/Berlin", as it is spelled there. "UTC" needs no
/// database. Any thread. Blocks on the disk the first time that a zone is asked for: from then on the process keeps it,
/// whole, so a database that is replaced is seen after the next start.
/// `invalid`, of the field "time_zone": there is no such zone, or no database. `storage`: there is a file, and it
/// cannot be read or understood now; that may pass, so nothing is kept of it. The detail says which.
[[nodiscard]] Result<TimeZone> find_time_zone(std::string_view name);

}  // namespace breakerd
