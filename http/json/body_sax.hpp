#pragma once
// The handler behind read_object and read_batch: follows a JsonParser and puts values where FieldSet says.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/json/json_lexer.hpp>
#include <breakerd/http/json/duplicate_keys.hpp>
#include <breakerd/http/json/fields.hpp>
#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

class BodySax {
 public:
  enum class Shape : std::uint8_t {
    object,  ///< one object of `fields`
    array,   ///< an array of items
    lines,   ///< one item a line; parse() is called for each
  };

  BodySax(std::string_view body, const FieldSet& fields, const BodyRules& rules);
  BodySax(std::string_view body, Shape shape, BatchItems items, const BodyRules& rules);

  /// Runs the parser over `text`, a part of the body. False after a fatal error.
  bool parse(std::string_view text);

  [[nodiscard]] BodyErrors take_errors();

  // --- what JsonParser tells, see there; false stops it ---
  bool scalar(JsonToken kind, JsonLexer& lexer);
  bool start_object(const JsonLexer& lexer);
  bool start_array(const JsonLexer& lexer);
  bool key(JsonLexer& lexer);
  bool end_object(const JsonLexer& lexer);
  bool end_array(const JsonLexer& lexer);
  void syntax_error(std::size_t offset, const std::string& reason);
  void number_out_of_range(std::size_t offset, const JsonLexer& lexer);
  void too_deep(const JsonLexer& lexer);

 private:
  bool count_value();
  bool enter();
  bool leave();
  bool begin_item();
  void end_item();
  void begin_field_container(bool is_object, const JsonLexer& lexer);
  void take_field(JsonToken kind, JsonLexer& lexer);
  void refuse_list_item();
  void end_list();
  void take_raw(const char* begin, const char* end, bool is_object);
  void take_nested(const NestedObject& target, std::string_view text);
  bool take_list_item(JsonToken kind, JsonLexer& lexer);
  [[nodiscard]] bool is_in_list() const { return list_ != nullptr || numbers_ != nullptr || large_numbers_ != nullptr; }
  void wrong_type();
  void ignore_from_here() { ignored_from_ = depth_; }
  [[nodiscard]] std::uint32_t field_bit() const { return 1U << (field_ - fields_.begin()); }
  [[nodiscard]] std::string path(std::string_view field) const;

  bool fatal(int status, std::string_view code, std::string detail);
  bool refuse_at(std::size_t offset, std::string_view what);
  bool refuse_at(const JsonLexer& lexer, std::string_view what);
  [[nodiscard]] std::string place(std::size_t offset) const;

  std::string_view body_;
  BodyRules rules_;
  std::size_t text_offset_ = 0;  ///< of the part being parsed
  Shape shape_;
  std::size_t field_depth_;  ///< nesting of the objects whose members are fields
  std::size_t values_left_;
  BatchItems items_;  ///< of a batch
  FieldSet fields_;

  std::size_t depth_ = 0;
  std::size_t ignored_from_ = 0;  ///< containers at this depth and deeper are of no interest; 0: none
  std::size_t item_ = 0;          ///< index in a batch, plus 1
  const Field* field_ = nullptr;
  std::vector<std::string>* list_ = nullptr;
  std::vector<std::uint32_t>* numbers_ = nullptr;
  std::vector<std::uint64_t>* large_numbers_ = nullptr;
  const char* raw_begin_ = nullptr;  ///< of a raw object or array that is still open
  std::uint32_t seen_ = 0;
  std::uint32_t nulls_ = 0;  ///< of those, the ones that say no more than if they were not there
  std::uint32_t refused_ = 0;
  DuplicateKeys keys_;
  bool too_large_ = false;
  BodyErrors errors_;
};

}  // namespace breakerd::http
