#include "http/json/body_sax.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "events/validate.hpp"
#include "http/limits.hpp"

namespace breakerd::http {
namespace {

/// Lets the handler see how far the parser has read.
class WatchedIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  WatchedIterator(const char* at, const char** watcher) : at_{at}, watcher_{watcher} {}
  reference operator*() const { return *at_; }
  WatchedIterator& operator++() {
    *watcher_ = ++at_;
    return *this;
  }
  WatchedIterator operator++(int) {
    WatchedIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const WatchedIterator& a, const WatchedIterator& b) { return a.at_ == b.at_; }
  friend bool operator!=(const WatchedIterator& a, const WatchedIterator& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** watcher_;
};

/// Unknown fields are named up to this length.
constexpr std::size_t named_bytes_max = 128;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct ExpectedOf {
  std::string operator()(std::string*) const { return "text"; }
  std::string operator()(std::optional<std::string>*) const { return "text"; }
  std::string operator()(std::uint32_t*) const { return "a whole number from 0 to 4294967295"; }
  std::string operator()(std::uint64_t*) const { return "a whole number from 0 to 18446744073709551615"; }
  std::string operator()(std::optional<std::uint64_t>*) const { return (*this)(static_cast<std::uint64_t*>(nullptr)); }
  std::string operator()(Uuid*) const { return "a UUID"; }
  std::string operator()(std::vector<std::string>*) const { return "an array of texts"; }
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

BodySax::BodySax(std::string_view body, const FieldSet& fields, std::size_t values_max)
    : body_{body}, shape_{Shape::object}, field_depth_{1}, values_left_{values_max}, fields_{fields} {}

BodySax::BodySax(std::string_view body, Shape shape, BatchItems items, std::size_t values_max)
    : body_{body},
      shape_{shape},
      field_depth_{shape == Shape::array ? 2U : 1U},
      values_left_{values_max},
      items_{std::move(items)} {}

bool BodySax::parse(std::string_view text) {
  text_offset_ = static_cast<std::size_t>(text.data() - body_.data());
  text_size_ = text.size();
  at_ = text.data();
  if (text.starts_with("\xEF\xBB\xBF")) return fatal_here("a byte order mark is not accepted");
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    at_ += nul + 1;
    return fatal_here("a NUL byte is not JSON");
  }
  return nlohmann::json::sax_parse(WatchedIterator{text.data(), &at_}, WatchedIterator{text.data() + text.size(), &at_},
                                   this);
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

bool BodySax::null() { return scalar({Kind::null, false, 0, nullptr}); }
bool BodySax::boolean(bool) { return scalar({Kind::boolean, false, 0, nullptr}); }
bool BodySax::number_integer(std::int64_t number) {
  return scalar({Kind::number, number >= 0, static_cast<std::uint64_t>(number), nullptr});
}
bool BodySax::number_unsigned(std::uint64_t number) { return scalar({Kind::number, true, number, nullptr}); }
bool BodySax::number_float(double, const std::string&) { return scalar({Kind::number, false, 0, nullptr}); }
bool BodySax::string(std::string& text) { return scalar({Kind::text, false, 0, &text}); }

bool BodySax::scalar(const Scalar& value) {
  if (values_left_-- == 0) return fatal(413, "body_too_large", "the body holds too many JSON values");
  if (ignored_from_ != 0) return true;
  if (depth_ == field_depth_) {
    take_field(value);
  } else if (depth_ > field_depth_) {
    if (list_ != nullptr && depth_ == field_depth_ + 1) take_list_item(value);
  } else {
    const bool is_item = depth_ + 1 == field_depth_;
    if (is_item && !begin_item()) return false;
    errors_.add_field(path({}), is_item ? "an object" : "an array of objects");
  }
  return true;
}

bool BodySax::enter() {
  if (values_left_-- == 0) return fatal(413, "body_too_large", "the body holds too many JSON values");
  if (++depth_ <= json_depth_max) return true;
  return fatal_here("the JSON is nested deeper than " + std::to_string(json_depth_max) + " levels");
}

bool BodySax::leave() {
  if (ignored_from_ == depth_) ignored_from_ = 0;
  --depth_;
  return true;
}

bool BodySax::start_object(std::size_t) {
  if (!enter()) return false;
  keys_.open_object();
  if (ignored_from_ != 0) return true;
  if (depth_ == field_depth_) return begin_item();
  if (depth_ > field_depth_) {
    begin_field_container(true);
  } else {
    errors_.add_field(path({}), "an array of objects");
    ignore_from_here();
  }
  return true;
}

bool BodySax::start_array(std::size_t) {
  if (!enter()) return false;
  if (ignored_from_ != 0 || depth_ < field_depth_) return true;
  if (depth_ > field_depth_) {
    begin_field_container(false);
    return true;
  }
  if (!begin_item()) return false;
  errors_.add_field(path({}), "an object");
  ignore_from_here();
  return true;
}

bool BodySax::end_object() {
  keys_.close_object();
  if (ignored_from_ == 0 && depth_ == field_depth_) end_item();
  if (raw_open_ && depth_ == field_depth_ + 1) take_raw(at_, true, false);
  return leave();
}

bool BodySax::end_array() {
  if (ignored_from_ == 0 && depth_ == field_depth_ + 1 && list_ != nullptr) end_list();
  if (raw_open_ && depth_ == field_depth_ + 1) take_raw(at_, false, false);
  return leave();
}

bool BodySax::key(std::string& name) {
  const bool is_field = ignored_from_ == 0 && depth_ == field_depth_;
  if (!is_field) return keys_.add(name) || fatal_here("an object has the same key twice");
  field_ = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
  if (field_ == fields_.end()) {
    field_ = nullptr;
    if (!keys_.add(name)) return fatal_here("an object has the same key twice");
    clip_text(name, named_bytes_max);
    errors_.add_field(path(name), known_fields(fields_));
    return true;
  }
  key_end_ = at_;
  const std::uint32_t bit = 1U << (field_ - fields_.begin());
  if ((seen_ & bit) != 0) return fatal_here("an object has the same key twice");
  seen_ |= bit;
  return true;
}

bool BodySax::begin_item() {
  seen_ = refused_ = 0;
  field_ = nullptr;
  if (shape_ == Shape::object) return true;
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
    if (!fields_[i].required || (seen_ & bit) != 0 || (refused_ & bit) != 0) continue;
    errors_.add_field(path(fields_[i].name), std::visit(ExpectedOf{}, fields_[i].target) + " (required)");
  }
}

void BodySax::begin_field_container(bool is_object) {
  if (depth_ != field_depth_ + 1) {
    if (list_ != nullptr) take_list_item({Kind::boolean, false, 0, nullptr});
    return;
  }
  if (field_ == nullptr) return ignore_from_here();
  std::visit(
      [&]<class Target>(const Target& target) {
        if constexpr (is_raw<Target>) {
          if (is_object || !target.object_only) {
            raw_open_ = true;
            return;
          }
        } else if constexpr (std::is_same_v<Target, std::vector<std::string>*>) {
          if (!is_object) {
            list_ = target;
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
  const bool refused = (refused_ & (1U << (field_ - fields_.begin()))) != 0;
  if (list_->empty() && !refused) errors_.add_field(path(field_->name), "at least one text; leave it out for any");
  list_ = nullptr;
}

void BodySax::take_list_item(const Scalar& value) {
  if (value.kind == Kind::text) {
    list_->push_back(*value.text);
  } else {
    refused_ |= 1U << (field_ - fields_.begin());
    errors_.add_field(path(field_->name) + "[]", "text");
  }
}

void BodySax::take_field(const Scalar& value) {
  if (field_ == nullptr) return;  // an unknown one, named already
  const bool is_null = value.kind == Kind::null;
  if (is_null) seen_ &= field_->required ? ~(1U << (field_ - fields_.begin())) : ~0U;
  std::visit(
      [&]<class Target>(const Target& target) {
        if constexpr (is_raw<Target>) {
          return take_raw(scalar_end(value.kind), false, is_null);
        } else if constexpr (std::is_same_v<Target, std::optional<std::string>*>) {
          if (is_null) return static_cast<void>(target->emplace());
          if (value.kind == Kind::text) return static_cast<void>(*target = *value.text);
        } else if constexpr (std::is_same_v<Target, std::string*>) {
          if (value.kind == Kind::text) return static_cast<void>(target->assign(*value.text));
        } else if constexpr (std::is_same_v<Target, std::uint32_t*>) {
          if (value.is_unsigned && value.number <= UINT32_MAX) {
            return static_cast<void>(*target = static_cast<std::uint32_t>(value.number));
          }
        } else if constexpr (std::is_same_v<Target, std::uint64_t*> ||
                             std::is_same_v<Target, std::optional<std::uint64_t>*>) {
          if (value.is_unsigned) return static_cast<void>(*target = value.number);
        } else if constexpr (std::is_same_v<Target, Uuid*>) {
          const auto id = value.kind == Kind::text ? Uuid::parse(*value.text) : std::nullopt;
          if (id && !id->is_nil()) return static_cast<void>(*target = *id);
        }
        if (!is_null) wrong_type();
      },
      field_->target);
}

void BodySax::take_raw(const char* end, bool is_object, bool is_null) {
  raw_open_ = false;
  const char* const begin = value_begin();
  const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
  std::visit(
      [&]<class Target>(const Target& raw) {
        if constexpr (is_raw<Target>) {
          if (is_null) {
            *raw.text = std::string{};
          } else if (raw.object_only && !is_object) {
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

void BodySax::wrong_type() {
  refused_ |= 1U << (field_ - fields_.begin());
  errors_.add_field(path(field_->name), std::visit(ExpectedOf{}, field_->target));
}

std::string BodySax::path(std::string_view field) const {
  const std::string item = item_ == 0 ? std::string{} : "[" + std::to_string(item_ - 1) + "]";
  if (field.empty()) return item.empty() ? "body" : item;
  return item.empty() ? std::string{field} : item + "." + std::string{field};
}

const char* BodySax::value_begin() const {
  const char* begin = key_end_;
  while (is_blank(*begin)) ++begin;
  ++begin;  // the colon, or the parser would not be here
  while (is_blank(*begin)) ++begin;
  return begin;
}

const char* BodySax::scalar_end(Kind kind) const {
  if (kind != Kind::number) return at_;
  // The parser has read one byte past a number, unless the body ends there.
  const char* end = value_begin();
  while (end != at_ && ((*end >= '0' && *end <= '9') || std::string_view{"+-.eE"}.find(*end) != std::string_view::npos))
    ++end;
  return end;
}

bool BodySax::syntax_error(std::size_t position, const char* what) {
  std::string_view reason{what};
  // The library's message begins with its id, "[json.exception.parse_error.101] ", and often has a place of its own.
  if (const auto id = reason.find("] "); id != std::string_view::npos) reason.remove_prefix(id + 2);
  if (const auto dash = reason.find("- "); dash != std::string_view::npos) reason.remove_prefix(dash + 2);
  // What follows quotes the body, which may not even be UTF-8.
  reason = reason.substr(0, reason.find("; last read"));
  const std::size_t offset = text_offset_ + std::min(position == 0 ? 0 : position - 1, text_size_);
  return fatal(400, "invalid_json", "the body is not JSON at " + place(offset) + ": " + std::string{reason});
}

bool BodySax::out_of_range(std::size_t number_begin) {
  return fatal(400, "invalid_json",
               "the body is refused at " + place(text_offset_ + number_begin) + ": a number is out of range");
}

bool BodySax::fatal_here(std::string what) {
  const auto read = static_cast<std::size_t>(at_ - body_.data());
  return fatal(400, "invalid_json", "the body is refused at " + place(read == 0 ? 0 : read - 1) + ": " + what);
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
