#pragma once
// A file of the zone database as a TimeZone. Pure; any thread. Who reads files: zone_database.hpp.

#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/rules/time_zone.hpp>

namespace breakerd {

/// Whether the file is of a zone at all: a directory of zones has tables and texts, too.
[[nodiscard]] bool is_zone_file(std::string_view bytes);

/// The zone `name` of a file in the format TZif, version 2 or later (RFC 8536): the changes that it lists from 1970 on,
/// and the rule at its end. nullopt: the file is cut short or damaged, is of version 1, or has no such rule.
[[nodiscard]] std::optional<TimeZone> parse_zone_file(std::string name, std::string_view bytes);

}  // namespace breakerd
