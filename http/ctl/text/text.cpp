#include <breakerd/http/ctl/text/text.hpp>

#include <fmt/format.h>

#include <breakerd/events/model/utf8.hpp>

namespace breakerd::ctl {

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (c1) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

bool skip_byte_order_mark(std::istream& in) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (in.peek() != 0xef) return true;
  std::string there(mark.size(), '\0');
  in.read(there.data(), static_cast<std::streamsize>(there.size()));
  return there == mark;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    const auto first = part.find_first_not_of(' ');
    if (first != std::string_view::npos) {
      part = part.substr(first, part.find_last_not_of(' ') - first + 1);
      parts.emplace_back(part);
    }
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

std::size_t width(std::string_view text) noexcept { return code_points(text); }

}  // namespace breakerd::ctl
