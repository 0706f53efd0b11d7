#pragma once
// What the log knows a request by that has a key (Idempotency-Key): digests, cut so that they are an operation id. 8
// bytes of SHA-256(principal, key), 5 of SHA-256(method, target, body), two for which use of the key it is, and one for
// the part.
//
// Two keys whose digests meet are taken for one key: then the contents differ, and the second request is refused. Of
// 25,000 keys that are kept, some two meet once in 60,000,000,000 tries.

#include <array>
#include <cstdint>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

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
  std::array<std::uint8_t, 5> content{};

  friend bool operator==(const RequestName&, const RequestName&) = default;
};
[[nodiscard]] RequestName name_of(const KeyedRequest& request);

/// A key that was used longer ago than keys are kept may be used again, by the same request or another one. A use is
/// named by the day on which it begins, or by the next number that is free. There are more of them than operations that
/// the log remembers, so one is free always.
using KeyUse = std::uint16_t;
inline constexpr std::uint32_t key_uses = 65'536;
/// By wall time. Two uses of a key that begin on one day begin within the time for which keys are kept.
[[nodiscard]] KeyUse key_use_at(Time now);

/// The id of what the request does first (part 0), and of what it does apart from that.
[[nodiscard]] OperationId operation_of(const RequestName& name, KeyUse use, std::uint8_t part = 0);
/// So many parts have ids.
inline constexpr unsigned request_parts = 255;
/// The id of the append that keeps its answer.
[[nodiscard]] OperationId answer_operation_of(const RequestName& name, KeyUse use);

/// What an id of a request says. Ids that were drawn say something, too: nobody asks for it.
[[nodiscard]] RequestName name_in(const OperationId& id);
[[nodiscard]] KeyUse key_use_in(const OperationId& id);
[[nodiscard]] std::uint8_t part_in(const OperationId& id);
[[nodiscard]] bool is_answer(const OperationId& id);

}  // namespace breakerd
