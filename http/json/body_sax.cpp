#include <breakerd/http/json/body_sax.hpp>

#include <algorithm>
#include <utility>

#include <breakerd/events/json/json_parser.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/json/limits.hpp>

namespace breakerd::http {
namespace {

/// Unknown fields are named up to this length.
constexpr std::size_t named_bytes_max = 128;

struct ExpectedOf {
  std::string operator()(std::string*) const { return "text"; }
  std::string operator()(std::optional<std::string>*) const { return "text"; }
  std::string operator()(const FilledText&) const { return "text that is not empty"; }
  std::string operator()(const NumberOrNull& target) const {
    const std::string number = target.in_thousandths ? "a number with at most three decimals" : "a whole number";
    return target.names_null ? number + ", or null" : number;
  }
  std::string operator()(std::uint32_t*) const { return "a whole number from 0 to 4294967295"; }
  std::string operator()(std::uint64_t*) const { return "a whole number from 0 to 18446744073709551615"; }
  std::string operator()(std::optional<std::uint32_t>*) const { return (*this)(static_cast<std::uint32_t*>(nullptr)); }
  std::string operator()(const GivenNumber&) const { return (*this)(static_cast<std::uint32_t*>(nullptr)); }
  std::string operator()(std::optional<std::uint64_t>*) const { return (*this)(static_cast<std::uint64_t*>(nullptr)); }
  std::string operator()(int*) const { return "a whole number from -2147483648 to 2147483647"; }
  std::string operator()(bool*) const { return "true or false"; }
  std::string operator()(std::optional<bool>*) const { return (*this)(static_cast<bool*>(nullptr)); }
  std::string operator()(Time*) const {
    return "a time behind the begin of 1970, as of RFC 3339, such as 2026-11-23T22:14:05Z";
  }
  std::string operator()(Uuid*) const { return "a UUID"; }
  std::string operator()(std::vector<std::string>*) const { return "an array of texts"; }
  std::string operator()(std::vector<std::uint32_t>*) const { return "an array of whole numbers"; }
  std::string operator()(std::vector<std::uint64_t>*) const { return "an array of whole numbers"; }
  std::string operator()(const NestedObject& nested) const {
    return nested.is_array ? "an array of objects" : "an object";
  }
  std::string operator()(const RawJson& raw) const { return raw.object_only ? "an object" : "a JSON value"; }
  std::string operator()(const OptionalRawJson& raw) const { return raw.object_only ? "an object" : "a JSON value"; }
};

std::string known_fields(const FieldSet& fields) {
  if (fields.size() == 0) return "no fields";
  std::string text = "one of the fields";
  for (const Field& field : fields) text.append(text.size() == 17 ? " " : ", ").append(field.name);
  return text;
}

template <class Target>
constexpr bool is_raw = std::is_same_v<Target, RawJson> || std::is_same_v<Target, OptionalRawJson>;

}  // namespace

BodySax::BodySax(std::string_view body, const FieldSet& fields, const BodyRules& rules)
    : body_{body},
      rules_{rules},
      shape_{Shape::object},
      field_depth_{1},
      values_left_{rules.values_max},
      fields_{fields},
      keys_{rules.hash_secret} {}

BodySax::BodySax(std::string_view body, Shape shape, BatchItems items, const BodyRules& rules)
    : body_{body},
      rules_{rules},
      shape_{shape},
      field_depth_{shape == Shape::array ? 2U : 1U},
      values_left_{rules.values_max},
      items_{std::move(items)},
      keys_{rules.hash_secret} {}

bool BodySax::parse(std::string_view text) {
  text_offset_ = static_cast<std::size_t>(text.data() - body_.data());
  if (text.starts_with("\xEF\xBB\xBF")) {
    return refuse_at(std::max<std::size_t>(text_offset_, 1) - 1, "a byte order mark is not accepted");
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return refuse_at(text_offset_ + nul, "a NUL byte is not JSON");
  }
  return JsonParser{text, *this, json_depth_max}.parse();
}

BodyErrors BodySax::take_errors() {
  if (errors_.status == 0 && too_large_) {
    errors_.status = 413;
    errors_.code = "payload_too_large";
  } else if (errors_.status == 0 && errors_.field_count > 0) {
    errors_.status = 422;
    errors_.code = "invalid";
  }
  return std::move(errors_);
}

bool BodySax::count_value() {
  return values_left_-- > 0 || fatal(413, "body_too_large", "the body holds too many JSON values");
}

bool BodySax::scalar(JsonToken kind, JsonLexer& lexer) {
  if (!count_value()) return false;
  if (ignored_from_ != 0) return true;
  if (depth_ == field_depth_) {
    take_field(kind, lexer);
  } else if (depth_ > field_depth_) {
    if (is_in_list() && depth_ == field_depth_ + 1 && !take_list_item(kind, lexer)) refuse_list_item();
  } else {
    const bool is_item = depth_ + 1 == field_depth_;
    if (is_item && !begin_item()) return false;
    errors_.add_field(path({}), is_item ? "an object" : "an array of objects");
  }
  return true;
}

bool BodySax::enter() {
  ++depth_;
  return count_value();
}

bool BodySax::leave() {
  if (ignored_from_ == depth_) ignored_from_ = 0;
  --depth_;
  return true;
}

bool BodySax::start_object(const JsonLexer& lexer) {
  if (!enter()) return false;
  keys_.open_object();
  if (ignored_from_ != 0) return true;
  if (depth_ == field_depth_) return begin_item();
  if (depth_ > field_depth_) {
    begin_field_container(true, lexer);
  } else {
    errors_.add_field(path({}), "an array of objects");
    ignore_from_here();
  }
  return true;
}

bool BodySax::start_array(const JsonLexer& lexer) {
  if (!enter()) return false;
  if (ignored_from_ != 0 || depth_ < field_depth_) return true;
  if (depth_ > field_depth_) {
    begin_field_container(false, lexer);
    return true;
  }
  if (!begin_item()) return false;
  errors_.add_field(path({}), "an object");
  ignore_from_here();
  return true;
}

bool BodySax::end_object(const JsonLexer& lexer) {
  keys_.close_object();
  if (ignored_from_ == 0 && depth_ == field_depth_) end_item();
  if (raw_begin_ != nullptr && depth_ == field_depth_ + 1) take_raw(raw_begin_, lexer.token_end(), true);
  return leave();
}

bool BodySax::end_array(const JsonLexer& lexer) {
  if (ignored_from_ == 0 && depth_ == field_depth_ + 1 && is_in_list()) end_list();
  if (raw_begin_ != nullptr && depth_ == field_depth_ + 1) take_raw(raw_begin_, lexer.token_end(), false);
  return leave();
}

bool BodySax::key(JsonLexer& lexer) {
  constexpr std::string_view twice = "an object has the same key twice";
  const std::string_view name = lexer.string();
  const bool is_field = ignored_from_ == 0 && depth_ == field_depth_;
  if (!is_field) return keys_.add(name) || refuse_at(lexer, twice);
  field_ = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
  if (field_ == fields_.end()) {
    field_ = nullptr;
    if (!keys_.add(name)) return refuse_at(lexer, twice);
    std::string shown{name};
    clip_text(shown, named_bytes_max);
    errors_.add_field(path(shown), known_fields(fields_));
    return true;
  }
  if ((seen_ & field_bit()) != 0) return refuse_at(lexer, twice);
  seen_ |= field_bit();
  return true;
}

bool BodySax::begin_item() {
  seen_ = nulls_ = refused_ = 0;
  field_ = nullptr;
  if (shape_ == Shape::object) return true;
  if (item_ == items_.count_max && items_.named) {
    fatal(422, "invalid", {});
    errors_.add_field(std::string{*items_.named}, "at most " + std::to_string(items_.count_max) + " of them");
    return false;
  }
  if (item_ == items_.count_max) {
    return fatal(413, "batch_too_large", "this call takes at most " + std::to_string(items_.count_max) + " jobs");
  }
  ++item_;
  fields_ = items_.add();
  return true;
}

void BodySax::end_item() {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::uint32_t bit = 1U << i;
    if (!fields_[i].required || (seen_ & ~nulls_ & bit) != 0 || (refused_ & bit) != 0) continue;
    errors_.add_field(path(fields_[i].name), std::visit(ExpectedOf{}, fields_[i].target) + " (required)");
  }
}

void BodySax::begin_field_container(bool is_object, const JsonLexer& lexer) {
  if (depth_ != field_depth_ + 1) {
    if (is_in_list()) refuse_list_item();
    return;
  }
  if (field_ == nullptr) return ignore_from_here();
  std::visit(
      [&]<class Target>(const Target& target) {
        if constexpr (is_raw<Target>) {
          if (is_object || !target.object_only) {
            raw_begin_ = lexer.token_begin();
            return;
          }
        } else if constexpr (std::is_same_v<Target, NestedObject>) {
          if (is_object != target.is_array) {
            raw_begin_ = lexer.token_begin();
            return;
          }
        } else if constexpr (std::is_same_v<Target, std::vector<std::string>*>) {
          if (!is_object) {
            list_ = target;
            return;
          }
        } else if constexpr (std::is_same_v<Target, std::vector<std::uint32_t>*>) {
          if (!is_object) {
            numbers_ = target;
            return;
          }
        } else if constexpr (std::is_same_v<Target, std::vector<std::uint64_t>*>) {
          if (!is_object) {
            large_numbers_ = target;
            return;
          }
        }
        wrong_type();
        ignore_from_here();
      },
      field_->target);
}

/// Nothing in a list is not the same as no list: the one asks for nothing, the other for anything.
void BodySax::end_list() {
  const bool refused = (refused_ & field_bit()) != 0;
  if (list_ != nullptr && list_->empty() && !refused)
    errors_.add_field(path(field_->name), "at least one text; leave it out for any");
  if (large_numbers_ != nullptr && large_numbers_->empty() && !refused)
    errors_.add_field(path(field_->name), "at least one whole number; leave it out for any");
  list_ = nullptr;
  numbers_ = nullptr;
  large_numbers_ = nullptr;
}

bool BodySax::take_list_item(JsonToken kind, JsonLexer& lexer) {
  if (list_ != nullptr) {
    if (kind == JsonToken::string) list_->emplace_back(lexer.string());
    return kind == JsonToken::string;
  }
  const auto whole = kind == JsonToken::number ? lexer.whole_number() : std::nullopt;
  if (!whole) return false;
  const std::uint64_t number = whole.value_or(0);
  if (large_numbers_ != nullptr) return large_numbers_->push_back(number), true;
  if (number > UINT32_MAX) return false;
  numbers_->push_back(static_cast<std::uint32_t>(number));
  return true;
}

void BodySax::refuse_list_item() {
  refused_ |= field_bit();
  errors_.add_field(path(field_->name) + "[]", list_ != nullptr ? "text"
                                               : large_numbers_ != nullptr
                                                   ? ExpectedOf{}(static_cast<std::uint64_t*>(nullptr))
                                                   : ExpectedOf{}(static_cast<std::uint32_t*>(nullptr)));
}

void BodySax::take_field(JsonToken kind, JsonLexer& lexer) {
  if (field_ == nullptr) return;  // an unknown one, named already
  const bool is_null = kind == JsonToken::null_literal;
  const bool is_text = kind == JsonToken::string;
  const auto whole = kind == JsonToken::number ? lexer.whole_number() : std::nullopt;
  const std::uint64_t number = whole.value_or(0);  // by itself: GCC 14 cannot see that *whole is not read without one
  if (is_null && field_->required) nulls_ |= field_bit();
  std::visit(
      [&]<class Target>(const Target& target) {
        if constexpr (is_raw<Target>) {
          if (is_null) return static_cast<void>(*target.text = std::string{});
          return take_raw(lexer.token_begin(), lexer.token_end(), false);
        } else if constexpr (std::is_same_v<Target, std::optional<std::string>*>) {
          if (is_null) return static_cast<void>(target->emplace());
          if (is_text) return static_cast<void>(*target = lexer.string());
        } else if constexpr (std::is_same_v<Target, std::string*>) {
          if (is_text) return static_cast<void>(target->assign(lexer.string()));
        } else if constexpr (std::is_same_v<Target, FilledText>) {
          if (is_text && !lexer.string().empty()) return static_cast<void>(target.text->assign(lexer.string()));
        } else if constexpr (std::is_same_v<Target, NumberOrNull>) {
          const auto value = target.in_thousandths && kind == JsonToken::number ? lexer.thousandths() : whole;
          if (value) return static_cast<void>(*target.number = value);
        } else if constexpr (std::is_same_v<Target, std::uint32_t*> ||
                             std::is_same_v<Target, std::optional<std::uint32_t>*>) {
          if constexpr (std::is_same_v<Target, std::optional<std::uint32_t>*>)
            if (is_null) return static_cast<void>(target->emplace(0));  // what null empties; validate() knows the range
          if (whole && number <= UINT32_MAX) return static_cast<void>(*target = static_cast<std::uint32_t>(number));
        } else if constexpr (std::is_same_v<Target, GivenNumber>) {
          if (whole && number <= UINT32_MAX)
            return static_cast<void>(*target.number = static_cast<std::uint32_t>(number));
        } else if constexpr (std::is_same_v<Target, std::uint64_t*> ||
                             std::is_same_v<Target, std::optional<std::uint64_t>*>) {
          if (whole) return static_cast<void>(*target = number);
        } else if constexpr (std::is_same_v<Target, int*>) {
          const auto small = kind == JsonToken::number ? lexer.signed_number() : std::nullopt;
          if (small && std::in_range<int>(*small)) return static_cast<void>(*target = static_cast<int>(*small));
        } else if constexpr (std::is_same_v<Target, bool*> || std::is_same_v<Target, std::optional<bool>*>) {
          if (kind == JsonToken::true_literal || kind == JsonToken::false_literal)
            return static_cast<void>(*target = kind == JsonToken::true_literal);
        } else if constexpr (std::is_same_v<Target, Time*>) {
          const auto time = is_text ? parse_rfc3339(lexer.string()) : std::nullopt;
          if (time && *time != no_time) return static_cast<void>(*target = *time);  // that one means "not given"
        } else if constexpr (std::is_same_v<Target, Uuid*>) {
          const auto id = is_text ? Uuid::parse(lexer.string()) : std::nullopt;
          if (id && !id->is_nil()) return static_cast<void>(*target = *id);
        }
        if (!is_null) wrong_type();
      },
      field_->target);
}

void BodySax::take_raw(const char* begin, const char* end, bool is_object) {
  raw_begin_ = nullptr;
  const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
  std::visit(
      [&]<class Target>(const Target& raw) {
        if constexpr (std::is_same_v<Target, NestedObject>) {
          take_nested(raw, text);
        } else if constexpr (is_raw<Target>) {
          if (raw.object_only && !is_object) {
            wrong_type();
          } else if (text.size() > raw.bytes_max) {
            too_large_ = true;
            errors_.add_field(path(field_->name), "at most " + std::to_string(raw.bytes_max) + " bytes of JSON");
          } else {
            *raw.text = std::string{text};
          }
        }
      },
      field_->target);
}

/// Its errors are named with the field before them.
void BodySax::take_nested(const NestedObject& target, std::string_view text) {
  BodyErrors errors = target.read(text, target.into, rules_);
  if (errors.ok()) return;
  refused_ |= field_bit();
  too_large_ = too_large_ || errors.status == 413;
  const std::string name = path(field_->name);
  for (FieldError& error : errors.fields) {
    const bool is_member = !error.field.empty() && error.field.front() != '[';
    errors_.add_field(name + (is_member ? "." : "") + error.field, std::move(error.expected));
  }
  errors_.field_count += errors.field_count - errors.fields.size();
}

void BodySax::wrong_type() {
  refused_ |= field_bit();
  errors_.add_field(path(field_->name), std::visit(ExpectedOf{}, field_->target));
}

std::string BodySax::path(std::string_view field) const {
  const std::string item = item_ == 0 ? std::string{} : "[" + std::to_string(item_ - 1) + "]";
  if (field.empty()) return item.empty() ? "body" : item;
  return item.empty() ? std::string{field} : item + "." + std::string{field};
}

void BodySax::syntax_error(std::size_t offset, const std::string& reason) {
  fatal(400, "invalid_json", "the body is not JSON at " + place(text_offset_ + offset) + ": " + reason);
}

void BodySax::number_out_of_range(std::size_t offset, const JsonLexer& /*lexer*/) {
  refuse_at(text_offset_ + offset, "a number is out of range");
}

void BodySax::too_deep(const JsonLexer& lexer) {
  refuse_at(lexer, "the JSON is nested deeper than " + std::to_string(json_depth_max) + " levels");
}

bool BodySax::refuse_at(std::size_t offset, std::string_view what) {
  return fatal(400, "invalid_json", "the body is refused at " + place(offset) + ": " + std::string{what});
}

/// At the last byte of the token.
bool BodySax::refuse_at(const JsonLexer& lexer, std::string_view what) {
  return refuse_at(static_cast<std::size_t>(lexer.token_end() - body_.data()) - 1, what);
}

bool BodySax::fatal(int status, std::string_view code, std::string detail) {
  errors_ = BodyErrors{status, code, std::move(detail), {}, 0};
  return false;
}

std::string BodySax::place(std::size_t offset) const {
  const std::string_view before = body_.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - line_begin + 1) + " (byte " +
         std::to_string(offset) + ")";
}

}  // namespace breakerd::http
