#include <breakerd/events/rules/checker.hpp>

#include <algorithm>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string up_to_bytes(std::size_t from, std::size_t bytes_max) {
  return std::to_string(from) + " to " + std::to_string(bytes_max) + " bytes of text without control characters";
}

void Checker::refuse(std::string_view field, std::string expected) {
  fields_.push_back({prefix_ + std::string{field}, std::move(expected)});
}

void Checker::too_many(std::string_view field, std::string expected) {
  too_large_ = true;
  refuse(field, std::move(expected));
}

void Checker::label(std::string_view field, const std::string& text, std::size_t bytes_min, std::size_t bytes_max) {
  if (text.size() < bytes_min || text.size() > bytes_max || !is_utf8(text) || has_control(text)) {
    refuse(field, up_to_bytes(bytes_min, bytes_max));
  }
}

void Checker::prose(std::string_view field, const std::string& text, std::size_t bytes_max) {
  if (text.size() > bytes_max || !is_utf8(text))
    refuse(field, "at most " + std::to_string(bytes_max) + " bytes of UTF-8 text");
}

void Checker::reason(std::string& text) {
  if (text.empty()) text = no_reason;
  prose("reason", text, limits::reason_bytes_max);
}

void Checker::service(std::string_view field, std::string& name, bool required) {
  fold_case(name);
  if (name.empty() ? required : !is_service_name(name)) refuse(field, std::string{service_expected});
}

void Checker::range(std::string_view field, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value < low || value > high) {
    refuse(field, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
}

void Checker::json(std::string_view field, const std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  too_large_ = true;
  refuse(field, "at most " + std::to_string(bytes_max) + " bytes of JSON");
}

void Checker::name_of_campaign(const std::string& name) {
  const auto points = code_points(name);
  if (points < 1 || points > limits::campaign_name_chars_max || !is_utf8(name) || has_control(name)) {
    refuse("name",
           "1 to " + std::to_string(limits::campaign_name_chars_max) + " characters without control characters");
  }
}

Result<void> Checker::result() {
  if (ok()) return {};
  Error error{too_large_ ? ErrorCode::limit : ErrorCode::invalid, {}, std::move(fields_), {}};
  error.detail = error.fields.front().field + ": expected " + error.fields.front().expected;
  if (error.fields.size() > 1) error.detail += " (and " + std::to_string(error.fields.size() - 1) + " more)";
  return error;
}

}  // namespace breakerd
