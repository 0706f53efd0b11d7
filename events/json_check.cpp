#include "events/json_check.hpp"

#include <nlohmann/json.hpp>

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
  bool start_object(std::size_t) override { return ++depth_ <= depth_max_; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return ++depth_ <= depth_max_; }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  std::size_t depth_max_;
  std::size_t depth_ = 0;
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

bool is_json(std::string_view text, std::size_t depth_max) {
  if (text.starts_with("\xEF\xBB\xBF")) return false;
  DepthCheck check{depth_max};
  return nlohmann::json::sax_parse(text, &check);
}

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
