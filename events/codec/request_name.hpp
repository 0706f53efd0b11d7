#pragma once
// What the log knows a request by that has a key (Idempotency-Key): digests, cut so that they are an operation id. 8
// bytes of SHA-256(principal, key), 6 of SHA-256(method, target, body), one for the part, one for which
// use of the key it is.
//
// Two keys whose digests meet are taken for one key: then the contents differ, and the second request is refused. Of
// 25,000 keys that are kept, some two meet once in 60,000,000,000 tries.

#include <array>
#include <cstdint>
#include <string_view>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

/// What is hashed.
struct KeyedRequest {
  std::string_view principal;
  std::string_view key;
  std::string_view method;
  std::string_view path;   ///< decoded
  std::string_view query;  ///< as sent
  std::string_view body;
};

struct RequestName {
  std::array<std::uint8_t, 8> key{};
  std::array<std::uint8_t, 6> content{};

  friend bool operator==(const RequestName&, const RequestName&) = default;
};
[[nodiscard]] RequestName name_of(const KeyedRequest& request);

/// A key that was used longer ago than keys are kept may be used again, by the same request or another one. Uses are
/// counted from 0, and go on from the last to 0.
using KeyUse = std::uint8_t;
inline constexpr KeyUse key_uses = 128;

/// The id of what the request does first (part 0), and of what it does apart from that. Parts: up to 255.
[[nodiscard]] OperationId operation_of(const RequestName& name, KeyUse use, std::uint8_t part = 0);
/// The id of the append that keeps its answer.
[[nodiscard]] OperationId answer_operation_of(const RequestName& name, KeyUse use);

/// What an id of a request says. Ids that were drawn say something, too: nobody asks for it.
[[nodiscard]] RequestName name_in(const OperationId& id);
[[nodiscard]] KeyUse key_use_in(const OperationId& id);
[[nodiscard]] bool is_answer(const OperationId& id);

}  // namespace breakerd
