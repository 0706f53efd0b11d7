#pragma once
// SHA-256 (FIPS 180-4) for the hash chain over the log, for payloads and for lease tokens. Uses OpenSSL.

#include <array>
#include <cstdint>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/payload.hpp>

namespace breakerd {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);

/// The chain: hash of event n = SHA-256(hash of event n-1 | seq, 8 bytes big-endian | body). The first one follows the
/// all-zero digest.
[[nodiscard]] Digest chain(const Digest& previous, Seq seq, std::string_view body);

/// What the log knows a payload by: SHA-256(salt | payload).
[[nodiscard]] Digest salted(const Salt& salt, std::string_view payload);

/// The digest under which the log knows a lease token.
[[nodiscard]] TokenDigest digest_token(std::string_view token);

}  // namespace breakerd
