#pragma once
// Finds the end of a request's header in a growing buffer, before any of it is parsed.

#include <cstddef>
#include <string_view>

namespace breakerd::http {

enum class HeaderScan {
  incomplete,      ///< no end yet: read on
  complete,        ///< `size()` bytes of header, the empty line included
  bare_line_feed,  ///< LF without CR
  folded_line,     ///< obs-fold: a line that begins with blank space
};

/// Remembers how far it has looked, so that a header that arrives byte by byte is scanned once.
class HeaderBlock {
 public:
  /// `buffer` begins with the request line and only ever grows between calls.
  [[nodiscard]] HeaderScan scan(std::string_view buffer);

  /// Bytes of the block, once complete.
  [[nodiscard]] std::size_t size() const { return size_; }

  void reset() { *this = HeaderBlock{}; }

 private:
  std::size_t looked_ = 0;
  std::size_t size_ = 0;
};

}  // namespace breakerd::http
