#pragma once
// Time zones by name, from the machine's zone database (tzdata). The only one here that reads files: the rest is handed
// a TimeZone.

#include <cstddef>
#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/rules/time_zone.hpp>

namespace breakerd {

/// The zone of a name of the IANA database, for instance "Europe/Berlin", as it is spelled there. "UTC" needs no
/// database. `invalid`, of the field "time_zone", when there is no such zone, when the machine has no database, or when
/// the zone's file cannot be read; the detail says which. Blocks on the disk: the first zone of a process takes about
/// 15 ms, another one 0.1 ms. Any thread. A database that is replaced while the process runs is seen after its next
/// start.
[[nodiscard]] Result<TimeZone> find_time_zone(std::string_view name);

}  // namespace breakerd
