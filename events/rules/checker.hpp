#pragma once
// Collects what is wrong with one command. Internal to validate.hpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// Each function refuses a value that is out of its bounds; `field` names it.
class Checker {
 public:
  /// Before the names of all fields from here on.
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

  void refuse(std::string_view field, std::string expected);
  /// The command has more than is looked at: then it is a `limit`, and not `invalid`.
  void too_many(std::string_view field, std::string expected);

  /// A name-like text.
  void label(std::string_view field, const std::string& text, std::size_t bytes_min, std::size_t bytes_max);
  /// Text of any characters.
  void prose(std::string_view field, const std::string& text, std::size_t bytes_max);
  /// Why something was done: an empty one is recorded as not given.
  void reason(std::string& text);
  /// Letters become small ones.
  void service(std::string_view field, std::string& name, bool required);
  void range(std::string_view field, std::uint64_t value, std::uint64_t low, std::uint64_t high);
  /// JSON text: only its size is looked at here.
  void json(std::string_view field, const std::string& text, std::size_t bytes_max);
  void name_of_campaign(const std::string& name);

  [[nodiscard]] bool ok() const { return fields_.empty(); }
  /// The error with all fields that were refused.
  [[nodiscard]] Result<void> result();

 private:
  std::string prefix_;
  std::vector<FieldError> fields_;
  bool too_large_ = false;
};

/// "0 to 255 bytes of text without control characters".
[[nodiscard]] std::string up_to_bytes(std::size_t from, std::size_t bytes_max);

}  // namespace breakerd
