#pragma once
// The handler behind read_object and read_batch: follows nlohmann's SAX events and puts values where FieldSet says.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/json/duplicate_keys.hpp"
#include "http/json/fields.hpp"
#include "http/json/read_body.hpp"

namespace breakerd::http {

class BodySax {
 public:
  enum class Shape : std::uint8_t {
    object,  ///< one object of `fields`
    array,   ///< an array of items
    lines,   ///< one item a line; parse() is called for each
  };

  BodySax(std::string_view body, const FieldSet& fields, std::size_t values_max);
  BodySax(std::string_view body, Shape shape, BatchItems items, std::size_t values_max);

  /// Runs the parser over `text`, a part of the body. False after a fatal error.
  bool parse(std::string_view text);

  [[nodiscard]] BodyErrors take_errors();

  // --- SAX events, false stops the parser ---
  bool null();
  bool boolean(bool);
  bool number_integer(std::int64_t number);
  bool number_unsigned(std::uint64_t number);
  bool number_float(double, const std::string&);
  bool string(std::string& text);
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool start_object(std::size_t);
  bool key(std::string& name);
  bool end_object();
  bool start_array(std::size_t);
  bool end_array();
  template <class Exception>
  bool parse_error(std::size_t position, const std::string& token, const Exception& error) {
    constexpr int number_overflow = 406;  // nlohmann's id for it
    return error.id == number_overflow ? out_of_range(position - token.size()) : syntax_error(position, error.what());
  }

 private:
  enum class Kind : std::uint8_t { null, boolean, number, text };
  struct Scalar {
    Kind kind = Kind::null;
    bool is_unsigned = false;  ///< a whole number from 0 to 2^64-1, in `number`
    std::uint64_t number = 0;
    const std::string* text = nullptr;
  };

  bool scalar(const Scalar& value);
  bool enter();
  bool leave();
  bool begin_item();
  void end_item();
  void begin_field_container(bool is_object);
  void take_field(const Scalar& value);
  void take_list_item(const Scalar& value);
  void end_list();
  void take_raw(const char* end, bool is_object, bool is_null);
  void wrong_type();
  void ignore_from_here() { ignored_from_ = depth_; }
  [[nodiscard]] std::string path(std::string_view field) const;
  [[nodiscard]] const char* scalar_end(Kind kind) const;
  [[nodiscard]] const char* value_begin() const;

  bool syntax_error(std::size_t position, const char* what);
  bool out_of_range(std::size_t number_begin);
  bool fatal(int status, std::string_view code, std::string detail);
  bool fatal_here(std::string what);
  [[nodiscard]] std::string place(std::size_t offset) const;

  std::string_view body_;
  std::size_t text_offset_ = 0;  ///< of the part being parsed
  std::size_t text_size_ = 0;
  Shape shape_;
  std::size_t field_depth_;  ///< nesting of the objects whose members are fields
  std::size_t values_left_;
  BatchItems items_;  ///< of a batch
  FieldSet fields_;

  const char* at_ = nullptr;  ///< behind the last byte the parser has read
  std::size_t depth_ = 0;
  std::size_t ignored_from_ = 0;  ///< containers at this depth and deeper are of no interest; 0: none
  std::size_t item_ = 0;          ///< index in a batch, plus 1
  const Field* field_ = nullptr;
  const char* key_end_ = nullptr;
  std::vector<std::string>* list_ = nullptr;
  bool raw_open_ = false;
  std::uint32_t seen_ = 0;
  std::uint32_t refused_ = 0;
  DuplicateKeys keys_;
  bool too_large_ = false;
  BodyErrors errors_;
};

}  // namespace breakerd::http
