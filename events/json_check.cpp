#include "events/json_check.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace breakerd {
namespace {

/// Keeps nothing; says no to nesting that is too deep.
class DepthCheck : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit DepthCheck(std::size_t depth_max) : depth_max_{depth_max} {}
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& error) override {
    constexpr int number_overflow = 406;
    problem_ = error.id == number_overflow ? "a number that is too large" : "not a JSON value";
    problem_ += " (at byte " + std::to_string(at) + ")";
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool deeper() {
    if (++depth_ <= depth_max_) return true;
    problem_ = "nested deeper than " + std::to_string(depth_max_) + " levels";
    return false;
  }

  std::size_t depth_max_;
  std::size_t depth_ = 0;
  std::string problem_;
};

/// Collects the fields that are not JSON.
class Fields {
 public:
  void value(std::string field, const std::string& text) {
    if (!text.empty() && !is_json(text)) fields_.push_back({std::move(field), "JSON, or nothing"});
  }

  void object(std::string field, const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (!text.empty() && (first == std::string::npos || text[first] != '{' || !is_json(text)))
      fields_.push_back({std::move(field), "a JSON object, or nothing"});
  }

  [[nodiscard]] Result<void> result() {
    if (fields_.empty()) return {};
    Error error = make_error(ErrorCode::invalid, fields_.front().field + ": expected " + fields_.front().expected);
    error.fields = std::move(fields_);
    return error;
  }

 private:
  std::vector<FieldError> fields_;
};

}  // namespace

std::string json_problem(std::string_view text, std::size_t depth_max) {
  // The library passes over a byte order mark.
  if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark before the JSON value";
  DepthCheck check{depth_max};
  return nlohmann::json::sax_parse(text, &check) ? std::string{} : check.problem();
}

bool is_json(std::string_view text, std::size_t depth_max) { return json_problem(text, depth_max).empty(); }

Result<void> check_json(const Command& command) {
  Fields fields;
  if (const auto* one = std::get_if<EnqueueJob>(&command)) fields.value("payload", one->spec.payload);
  if (const auto* batch = std::get_if<EnqueueJobs>(&command))
    for (std::size_t i = 0; i < batch->specs.size(); ++i)
      fields.value("[" + std::to_string(i) + "].payload", batch->specs[i].payload);
  if (const auto* complete = std::get_if<CompleteJob>(&command)) fields.value("result", complete->result);
  if (const auto* create = std::get_if<CreateCampaign>(&command)) fields.object("metadata", create->metadata);
  if (const auto* change = std::get_if<ChangeCampaign>(&command))
    if (const auto* update = std::get_if<UpdateCampaign>(&change->action); update != nullptr && update->metadata)
      fields.object("metadata", *update->metadata);
  return fields.result();
}

}  // namespace breakerd
