#include <breakerd/events/json/json_writer.hpp>

#include <charconv>

#include <breakerd/events/model/hex.hpp>

namespace breakerd {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += hex_digit(static_cast<unsigned char>(c) >> 4);
      out += hex_digit(static_cast<unsigned char>(c) & 15);
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  out.append(text, end);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    const char* const escape = find_json_escape(at, end);
    out.append(at, escape);
    if (escape == end) break;
    append_escaped(out, *escape);
    at = escape + 1;
  }
  out += '"';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(const JsonKey& name) {
  out_ += needs_comma_ ? name.next() : name.first();
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text_key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) { return raw(flag ? "true" : "false"); }

JsonWriter& JsonWriter::value(const Uuid& id) {
  separate();
  out_ += '"';
  id.append_to(out_);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::value(Time time) {
  separate();
  out_ += '"';
  append_rfc3339(out_, time);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::unsigned_value(std::uint64_t number) {
  separate();
  if (number < 10) {
    out_ += static_cast<char>('0' + number);  // most of them
  } else {
    append_number(out_, number);
  }
  return *this;
}

JsonWriter& JsonWriter::signed_value(std::int64_t number) {
  separate();
  append_number(out_, number);
  return *this;
}

}  // namespace breakerd
