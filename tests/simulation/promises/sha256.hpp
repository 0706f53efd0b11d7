#pragma once
// SHA-256 (FIPS 180-4), so that the model depends on nothing of what it judges.

#include <string>
#include <string_view>

namespace breakerd::simulation {

/// In hexadecimal, lower case.
std::string sha256_hex(std::string_view bytes);

/// What the log has of a lease's token.
inline std::string token_digest(std::string_view token) { return sha256_hex(token).substr(0, 32); }

}  // namespace breakerd::simulation
