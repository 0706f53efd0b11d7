#pragma once
// Rows of the projection by a name for people.

#include <string>
#include <string_view>

#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

/// For instance "the row of jobs for 5". A key that is none of the table's is shown in hexadecimal digits.
[[nodiscard]] std::string row_name(Table table, std::string_view key);

}  // namespace breakerd
