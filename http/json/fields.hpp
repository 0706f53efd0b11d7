#pragma once
// A command's fields by name, and where their values go. Built on the stack for each request; nothing is allocated.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd::http {

/// Text for which empty is a mistake, such as the variable of a script that was never set. Null is "not given".
struct FilledText {
  std::string* text = nullptr;
};

/// A number for which 0 is not the same as none: null leaves it empty.
struct NumberOrNull {
  std::optional<std::uint64_t>* number = nullptr;
  bool in_thousandths = false;  ///< it may have three decimals, and comes as 1,000 times its value
  bool names_null = true;       ///< a refusal names null, too; false for one that has to be given
};

/// Any JSON value, kept as the text it came in.
struct RawJson {
  std::string* text = nullptr;
  std::size_t bytes_max = 0;  ///< over it: 413
  bool object_only = false;
};

/// The same where "not given" differs from null.
struct OptionalRawJson {
  std::optional<std::string>* text = nullptr;
  std::size_t bytes_max = 0;
  bool object_only = false;
};

struct BodyErrors;
struct BodyRules;

/// A number of which null means "not given", too.
struct GivenNumber {
  std::optional<std::uint32_t>* number = nullptr;
};

/// An object with fields of its own, or an array of such: how it is read into `into` once it is known whole.
struct NestedObject {
  void* into = nullptr;
  BodyErrors (*read)(std::string_view text, void* into, const BodyRules& rules) = nullptr;
  bool is_array = false;  ///< its errors are named as those of a batch: `[3].outcome`
};

/// Where a value goes, and with it what type is expected. JSON null counts as "not given"; for an optional it is empty.
using FieldTarget =
    std::variant<std::string*, std::optional<std::string>*, std::uint32_t*, std::uint64_t*,
                 std::optional<std::uint32_t>*, std::optional<std::uint64_t>*, int*, bool*, std::optional<bool>*, Time*,
                 Uuid*, std::vector<std::string>*, std::vector<std::uint32_t>*, std::vector<std::uint64_t>*, FilledText,
                 NumberOrNull, GivenNumber, RawJson, OptionalRawJson, NestedObject>;

struct Field {
  std::string_view name;
  FieldTarget target;
  bool required = false;
};

class FieldSet {
 public:
  FieldSet& required(std::string_view name, FieldTarget target) { return add({name, target, true}); }
  FieldSet& optional(std::string_view name, FieldTarget target) { return add({name, target, false}); }

  [[nodiscard]] const Field* begin() const { return fields_.data(); }
  [[nodiscard]] const Field* end() const { return fields_.data() + count_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const Field& operator[](std::size_t i) const { return fields_[i]; }
  void clear() { count_ = 0; }

 private:
  FieldSet& add(Field field) {
    fields_.at(count_++) = field;
    return *this;
  }

  std::array<Field, 20> fields_{};
  std::size_t count_ = 0;
};

}  // namespace breakerd::http
