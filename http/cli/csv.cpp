#include "http/cli/csv.hpp"

#include <fmt/format.h>

namespace breakerd::cli {
namespace {

constexpr int end_of_input = std::istream::traits_type::eof();

}  // namespace

CliError CsvReader::wrong(const std::string& what) const {
  return local_error(fmt::format("line {}: {}", line_, what));
}

char CsvReader::take() {
  const char c = static_cast<char>(in_.get());
  ++record_bytes_;
  if (c == '\n') ++line_;
  return c;
}

bool CsvReader::take_line_end() {
  if (peek() == '\r') {
    in_.get();
    if (peek() != '\n') {
      in_.unget();
      return false;
    }
  }
  if (peek() != '\n') return false;
  take();
  return true;
}

void CsvReader::skip_line_ends() {
  while (take_line_end()) {
  }
}

bool CsvReader::at_field_end() {
  const int c = peek();
  if (c == end_of_input || c == ',' || c == '\n') return true;
  if (c != '\r') return false;
  in_.get();
  const bool line_end = peek() == '\n';
  if (peek() == end_of_input) in_.clear();
  in_.unget();
  return line_end;
}

CliResult<CsvReader::Field> CsvReader::quoted_field() {
  const auto begin = line_;
  Field field{"", true};
  take();
  for (;;) {
    if (peek() == end_of_input) return local_error(fmt::format("line {}: a quote is never closed", begin));
    const char c = take();
    if (c == '"') {
      if (peek() != '"') break;
      take();
    }
    field.text += c;
    if (record_bytes_ > csv_record_bytes_max)
      return wrong(fmt::format("a record has more than {} bytes", csv_record_bytes_max));
  }
  if (!at_field_end()) return wrong("text behind a closing quote");
  return field;
}

CliResult<CsvReader::Field> CsvReader::bare_field() {
  Field field;
  while (!at_field_end()) {
    if (peek() == '"') return wrong("a quote inside a field that does not begin with one");
    field.text += take();
    if (record_bytes_ > csv_record_bytes_max)
      return wrong(fmt::format("a record has more than {} bytes", csv_record_bytes_max));
  }
  return field;
}

CliResult<CsvReader::Field> CsvReader::field() { return peek() == '"' ? quoted_field() : bare_field(); }

CliResult<std::optional<CsvRecord>> CsvReader::next() {
  if (!begun_) {
    begun_ = true;
    if (peek() == 0xef) {
      std::string mark(3, '\0');
      in_.read(mark.data(), 3);
      if (mark != "\xef\xbb\xbf") return wrong("not UTF-8");
    }
  }
  skip_line_ends();
  if (peek() == end_of_input) {
    if (in_.bad()) return local_error("the input cannot be read any further");
    return std::optional<CsvRecord>{};
  }
  CsvRecord record{line_, {}};
  record_bytes_ = 0;
  for (;;) {
    auto value = field();
    if (!value) return value.error();
    record.fields.push_back(std::move(value->text));
    if (peek() != ',') break;
    take();
  }
  take_line_end();
  return std::optional<CsvRecord>{std::move(record)};
}

}  // namespace breakerd::cli
