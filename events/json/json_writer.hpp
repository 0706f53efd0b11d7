#pragma once
// Appends JSON text to a string, with no tree in between. Commas are its business; balance is the caller's.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <breakerd/events/json/json_bytes.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// The name of a member as the source has it. The compiler sees to it that nothing in it is to be escaped.
class JsonKey {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): key("name") is what it is for
  template <std::size_t size>
  consteval JsonKey(const char (&name)[size]) : size_{size + 3} {
    static_assert(size + 3 <= sizeof text_, "give JsonKey more room");
    char* to = text_;
    *to++ = ',';
    *to++ = '"';
    for (std::size_t i = 0; i + 1 < size; ++i) {
      if (needs_json_escape(name[i])) throw "a key that needs escapes is for text_key()";
      *to++ = name[i];
    }
    *to++ = '"';
    *to = ':';
  }

  /// `"name":`, and with a comma before it.
  [[nodiscard]] std::string_view first() const { return {text_ + 1, size_ - 1}; }
  [[nodiscard]] std::string_view next() const { return {text_, size_}; }

 private:
  char text_[32]{};
  std::size_t size_;
};

class JsonWriter {
 public:
  /// Writes behind what `out` holds; `out` must outlive the writer.
  explicit JsonWriter(std::string& out) : out_{out} {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(const JsonKey& name);
  /// A key that is not known before run time.
  JsonWriter& text_key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(bool flag);
  JsonWriter& value(std::unsigned_integral auto number) { return unsigned_value(number); }
  JsonWriter& value(std::signed_integral auto number) { return signed_value(number); }
  JsonWriter& value(const Uuid& id);
  JsonWriter& value(Time time);
  JsonWriter& null() { return raw("null"); }

  /// `json` is complete JSON text already.
  JsonWriter& raw(std::string_view json);

  /// `text`, or null when it is empty.
  JsonWriter& value_or_null(std::string_view text) { return text.empty() ? null() : value(text); }
  JsonWriter& value_or_null(Time time) { return time == no_time ? null() : value(time); }
  JsonWriter& value_or_null(const Uuid& id) { return id.is_nil() ? null() : value(id); }
  JsonWriter& number_or_null(std::uint64_t number) { return number == 0 ? null() : unsigned_value(number); }
  JsonWriter& raw_or_null(std::string_view json) { return json.empty() ? null() : raw(json); }

  /// key and value at once.
  template <class T>
  JsonWriter& member(const JsonKey& name, const T& what) {
    return key(name).value(what);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& unsigned_value(std::uint64_t number);
  JsonWriter& signed_value(std::int64_t number);
  void separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace breakerd
