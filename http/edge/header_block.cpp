#include <breakerd/http/edge/header_block.hpp>

namespace breakerd::http {

HeaderScan HeaderBlock::scan(std::string_view buffer) {
  for (;;) {
    const std::size_t feed = buffer.find('\n', looked_);
    if (feed == std::string_view::npos) {
      looked_ = buffer.size();
      return HeaderScan::incomplete;
    }
    if (feed == 0 || buffer[feed - 1] != '\r') return HeaderScan::bare_line_feed;
    // What follows a line feed decides, so it is looked at again when it has not arrived yet.
    looked_ = feed;
    if (feed + 1 >= buffer.size()) return HeaderScan::incomplete;
    const char next = buffer[feed + 1];
    if (next == ' ' || next == '\t') return HeaderScan::folded_line;
    if (next == '\r') {
      if (feed + 2 >= buffer.size()) return HeaderScan::incomplete;
      if (buffer[feed + 2] == '\n') {
        size_ = feed + 3;
        return HeaderScan::complete;
      }
    }
    looked_ = feed + 1;
  }
}

}  // namespace breakerd::http
