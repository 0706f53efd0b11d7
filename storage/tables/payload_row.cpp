#include <breakerd/storage/tables/payload_row.hpp>

#include <cstring>

#include <breakerd/events/codec/payload.hpp>

namespace breakerd {
namespace {

Error bad_payload(Seq seq, const std::string& what) {
  return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + ": its payload " + what);
}

}  // namespace

void encode_payload_row(std::string& row, const Salt& salt, std::string_view payload) {
  row.assign(reinterpret_cast<const char*>(salt.data()), salt.size());
  row += payload;
}

Result<PayloadRow> decode_payload_row(std::string_view row) {
  PayloadRow decoded;
  if (row.size() <= decoded.salt.size()) return make_error(ErrorCode::corrupt, "a payload's row is too short");
  std::memcpy(decoded.salt.data(), row.data(), decoded.salt.size());
  decoded.payload = row.substr(decoded.salt.size());
  return decoded;
}

Result<void> read_payload(const ReadView& view, Seq seq, EventData& data, MissingPayload missing) {
  const PayloadAtHand payload = payload_of(data);
  if (payload.ref == nullptr || !payload.ref->exists()) return {};
  const auto row = view.get(Table::payloads, number_key(seq));
  if (!row) return row.error();
  if (!*row) return missing == MissingPayload::is_null ? Result<void>{} : bad_payload(seq, "is missing");
  const auto decoded = decode_payload_row(**row);
  if (!decoded || !is_payload_of(*payload.ref, decoded->salt, decoded->payload))
    return bad_payload(seq, "is not the one that the event speaks of");
  payload.ref->salt = decoded->salt;
  put_payload(data, std::string{decoded->payload});
  return {};
}

}  // namespace breakerd
