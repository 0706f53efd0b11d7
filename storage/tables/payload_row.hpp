#pragma once
// A row of the payloads table: the salt, and the payload of the event with the row's seq.

#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

struct PayloadRow {
  Salt salt{};
  std::string_view payload;
};

/// Makes `row` the row of a payload.
void encode_payload_row(std::string& row, const Salt& salt, std::string_view payload);

/// `corrupt` when it is too short to be one. The payload is a part of `row`.
[[nodiscard]] Result<PayloadRow> decode_payload_row(std::string_view row);

/// What to do about a payload that is not there.
enum class MissingPayload : std::uint8_t {
  is_damage,  ///< `corrupt`
  is_null,    ///< go on without it
};

/// Reads the payload of the event at `seq` into it, when it is kept beside it. `corrupt` when it is not the one that
/// the event speaks of.
[[nodiscard]] Result<void> read_payload(const ReadView& view, Seq seq, EventData& data,
                                        MissingPayload missing = MissingPayload::is_damage);

}  // namespace breakerd
