#include <breakerd/events/codec/request_name.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/codec/digest.hpp>

namespace breakerd {
namespace {

constexpr std::size_t use_at = 13;  // two bytes, the high one first
constexpr std::size_t part_at = 15;
constexpr std::uint8_t answer_part = request_parts;

/// Each with its length, so that no two lists of texts are the same bytes.
Digest digest_of(std::initializer_list<std::string_view> texts) {
  std::string bytes;
  BinaryWriter out{bytes};
  for (const std::string_view text : texts) out.text(text);
  return sha256(bytes);
}

}  // namespace

RequestName name_of(const KeyedRequest& request) {
  const Digest key = digest_of({request.principal, request.key});
  const Digest content = digest_of({request.method, request.path, request.query, request.body});
  RequestName name;
  std::copy_n(key.begin(), name.key.size(), name.key.begin());
  std::copy_n(content.begin(), name.content.size(), name.content.begin());
  return name;
}

KeyUse key_use_at(Time now) {
  const auto days = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  return static_cast<KeyUse>(static_cast<std::uint64_t>(days) % key_uses);
}

OperationId operation_of(const RequestName& name, KeyUse use, std::uint8_t part) {
  OperationId id;
  const auto end = std::copy(name.key.begin(), name.key.end(), id.bytes.begin());
  std::copy(name.content.begin(), name.content.end(), end);
  id.bytes[use_at] = static_cast<std::uint8_t>(use >> 8);
  id.bytes[use_at + 1] = static_cast<std::uint8_t>(use & 0xff);
  id.bytes[part_at] = part;
  return id;
}

OperationId answer_operation_of(const RequestName& name, KeyUse use) { return operation_of(name, use, answer_part); }

RequestName name_in(const OperationId& id) {
  RequestName name;
  const auto* const content = id.bytes.begin() + name.key.size();
  std::copy_n(id.bytes.begin(), name.key.size(), name.key.begin());
  std::copy_n(content, name.content.size(), name.content.begin());
  return name;
}

KeyUse key_use_in(const OperationId& id) { return static_cast<KeyUse>(id.bytes[use_at] << 8 | id.bytes[use_at + 1]); }

std::uint8_t part_in(const OperationId& id) { return id.bytes[part_at]; }

bool is_answer(const OperationId& id) { return part_in(id) == answer_part; }

}  // namespace breakerd
