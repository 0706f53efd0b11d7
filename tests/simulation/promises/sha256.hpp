#pragma once
// SHA-256 (FIPS 180-4), so that the model depends on nothing of what it judges.

#include <string>
#include <string_view>

namespace breakerd::simulation {

/// In hexadecimal, lower case.
std::string sha256_hex(std::string_view bytes);

}  // namespace breakerd::simulation
