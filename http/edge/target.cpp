#include <breakerd/http/edge/target.hpp>

#include <array>
#include <cstdint>

#include <breakerd/events/model/hex.hpp>
#include <breakerd/events/model/utf8.hpp>

namespace breakerd::http {
namespace {

/// The byte "%XX" at `at` stands for; -1 when it is not one.
int encoded_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t slash = path.find("/."); slash != std::string_view::npos; slash = path.find("/.", slash + 1)) {
    const std::string_view rest = path.substr(slash + 2);
    if (rest.empty() || rest.front() == '/') return true;
    if (rest.front() == '.' && (rest.size() == 1 || rest[1] == '/')) return true;
  }
  return false;
}

/// What there is to look at in a byte of a target.
enum Mark : std::uint8_t { plain = 0, invisible = 1, fragment = 2, dot = 4, percent = 8 };

constexpr std::array<std::uint8_t, 256> make_marks() {
  std::array<std::uint8_t, 256> marks{};
  for (int byte = 0; byte < 256; ++byte)
    if (byte <= 0x20 || byte >= 0x7F) marks[static_cast<std::size_t>(byte)] = invisible;
  marks['#'] = fragment;
  marks['.'] = dot;
  marks['%'] = percent;
  return marks;
}
constexpr std::array<std::uint8_t, 256> marks = make_marks();

std::string_view refuse_encoded(std::string_view target, std::size_t path_end) {
  for (std::size_t at = target.find('%'); at != std::string_view::npos; at = target.find('%', at + 3)) {
    const int byte = encoded_byte(target, at);
    if (byte < 0) return "the target has a malformed percent-encoding";
    if (byte == 0) return "the target has an encoded NUL";
    if (at < path_end && (byte < 0x20 || byte >= 0x7F || byte == '/' || byte == '\\')) {
      return "the path has an encoded byte that is not allowed there";
    }
  }
  return {};
}

}  // namespace

std::string_view refuse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') return "the target must be a path that begins with '/'";
  unsigned seen = plain;
  for (const char c : target) seen |= marks[static_cast<unsigned char>(c)];
  if (seen == plain) return {};
  if ((seen & invisible) != 0) return "the target has a byte that is not visible ASCII";
  if ((seen & fragment) != 0) return "the target has a fragment";
  const TargetParts parts = split_target(target);
  if (has_dot_segment(parts.path)) return "the path has a dot segment";
  if ((seen & percent) == 0) return {};
  const std::string_view refused = refuse_encoded(target, parts.path.size());
  if (!refused.empty()) return refused;
  const auto path = percent_decode(parts.path, false);
  return !path || has_dot_segment(*path) ? "the path has a dot segment" : std::string_view{};
}

TargetParts split_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int byte = encoded_byte(text, i);
      if (byte <= 0) return std::nullopt;
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace breakerd::http
