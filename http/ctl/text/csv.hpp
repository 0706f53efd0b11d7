#pragma once
// RFC 4180, read as a stream: quotes, doubled quotes, separators and line ends inside quotes; CRLF or LF. A carriage
// return elsewhere outside quotes is an error: in a file of the old Mac every line ends with one, and the whole file
// would be one record. A byte order mark at the beginning is passed over, empty lines between records too. Not thread
// safe.

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/text/error.hpp>

namespace breakerd::ctl {

inline constexpr std::size_t csv_record_bytes_max = 1u << 20;

struct CsvRecord {
  std::uint64_t line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

class CsvReader {
 public:
  /// `in` must outlive the reader.
  explicit CsvReader(std::istream& in) : in_{in} {}

  /// The next record, nullopt at the end. Errors are local and name the line: a quote that is never closed, text
  /// behind a closing quote or a quote inside bare text, a carriage return alone, a record over csv_record_bytes_max, a
  /// failed read.
  [[nodiscard]] CliResult<std::optional<CsvRecord>> next();

  /// Passes over a record without keeping or judging it, as far as where it ends can be told: false at the end. Errors:
  /// a quote that is never closed, a failed read.
  [[nodiscard]] CliResult<bool> skip();

 private:
  struct Field {
    std::string text;
    bool was_quoted = false;
  };

  [[nodiscard]] CliResult<Field> field();
  [[nodiscard]] CliResult<Field> quoted_field();
  [[nodiscard]] CliResult<Field> bare_field();
  [[nodiscard]] bool at_field_end();
  /// Before a record: past the mark and the empty lines. False at the end.
  [[nodiscard]] CliResult<bool> begin_record();
  [[nodiscard]] CliError wrong(const std::string& what) const;
  int peek() { return in_.peek(); }
  char take();
  /// False when there is none.
  [[nodiscard]] CliResult<bool> take_line_end();

  std::istream& in_;
  std::uint64_t line_ = 1;
  std::size_t record_bytes_ = 0;
  bool begun_ = false;
};

}  // namespace breakerd::ctl
