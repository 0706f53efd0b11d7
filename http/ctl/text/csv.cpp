#include <breakerd/http/ctl/text/csv.hpp>

#include <fmt/format.h>

#include <utility>

#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
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

CliResult<bool> CsvReader::take_line_end() {
  if (peek() == '\r') {
    take();
    if (peek() != '\n') return wrong("a carriage return that ends no line: lines end with LF or CRLF");
  }
  if (peek() != '\n') return false;
  take();
  return true;
}

bool CsvReader::at_field_end() {
  const int c = peek();
  return c == end_of_input || c == ',' || c == '\n' || c == '\r';
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

CliResult<bool> CsvReader::begin_record() {
  if (!std::exchange(begun_, true) && !skip_byte_order_mark(in_)) return wrong("not UTF-8");
  for (;;) {
    auto line_end = take_line_end();
    if (!line_end) return line_end;
    if (!*line_end) break;
  }
  record_bytes_ = 0;
  if (peek() != end_of_input) return true;
  if (in_.bad()) return local_error("the input cannot be read any further");
  return false;
}

CliResult<std::optional<CsvRecord>> CsvReader::next() {
  const auto begun = begin_record();
  if (!begun) return begun.error();
  if (!*begun) return std::optional<CsvRecord>{};
  CsvRecord record{line_, {}};
  for (;;) {
    auto value = field();
    if (!value) return value.error();
    record.fields.push_back(std::move(value->text));
    if (peek() != ',') break;
    take();
  }
  if (auto line_end = take_line_end(); !line_end) return line_end.error();
  return std::optional<CsvRecord>{std::move(record)};
}

CliResult<bool> CsvReader::skip() {
  auto begun = begin_record();
  if (!begun || !*begun) return begun;
  const auto begin = line_;
  bool in_quotes = false;
  bool at_field_begin = true;
  for (;;) {
    if (peek() == end_of_input) {
      if (in_quotes) return local_error(fmt::format("line {}: a quote is never closed", begin));
      return true;
    }
    const char c = take();
    if (in_quotes) {
      if (c == '"') in_quotes = peek() == '"' ? (take(), true) : false;
    } else if (c == '\n') {
      return true;
    } else {
      in_quotes = c == '"' && at_field_begin;
      at_field_begin = c == ',';
    }
  }
}

}  // namespace breakerd::ctl
