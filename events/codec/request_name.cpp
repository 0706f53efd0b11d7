#include <breakerd/events/codec/request_name.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/codec/digest.hpp>

namespace breakerd {
namespace {

constexpr std::size_t part_at = 14;
constexpr std::size_t use_at = 15;

/// Each with its length, so that no two lists of texts are the same bytes.
Digest digest_of(std::initializer_list<std::string_view> texts) {
  std::string bytes;
  BinaryWriter out{bytes};
  for (const std::string_view text : texts) out.text(text);
  return sha256(bytes);
}

OperationId id_of(const RequestName& name, KeyUse use, std::uint8_t part, bool is_answer) {
  OperationId id;
  const auto end = std::copy(name.key.begin(), name.key.end(), id.bytes.begin());
  std::copy(name.content.begin(), name.content.end(), end);
  id.bytes[part_at] = part;
  id.bytes[use_at] = static_cast<std::uint8_t>(use % key_uses * 2 + (is_answer ? 1 : 0));
  return id;
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

OperationId operation_of(const RequestName& name, KeyUse use, std::uint8_t part) {
  return id_of(name, use, part, false);
}

OperationId answer_operation_of(const RequestName& name, KeyUse use) { return id_of(name, use, 0, true); }

RequestName name_in(const OperationId& id) {
  RequestName name;
  const auto* const content = id.bytes.begin() + name.key.size();
  std::copy_n(id.bytes.begin(), name.key.size(), name.key.begin());
  std::copy_n(content, name.content.size(), name.content.begin());
  return name;
}

KeyUse key_use_in(const OperationId& id) { return id.bytes[use_at] / 2; }

bool is_answer(const OperationId& id) { return id.bytes[use_at] % 2 == 1; }

}  // namespace breakerd
