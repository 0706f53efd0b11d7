#include <breakerd/events/json/json_check.hpp>

#include <string>

#include <breakerd/events/json/json_parser.hpp>

namespace breakerd {
namespace {

/// Keeps nothing but what went wrong.
class Verdict {
 public:
  explicit Verdict(std::size_t depth_max) : depth_max_{depth_max} {}
  bool scalar(JsonToken, const JsonLexer&) { return true; }
  bool start_object(const JsonLexer&) { return true; }
  bool start_array(const JsonLexer&) { return true; }
  bool key(const JsonLexer&) { return true; }
  bool end_object(const JsonLexer&) { return true; }
  bool end_array(const JsonLexer&) { return true; }

  void syntax_error(std::size_t offset, const std::string&) { problem_ = "not a JSON value" + at_byte(offset + 1); }
  void number_out_of_range(std::size_t offset, const JsonLexer& lexer) {
    const auto size = static_cast<std::size_t>(lexer.token_end() - lexer.token_begin());
    problem_ = "a number that is too large" + at_byte(offset + size);
  }
  void too_deep(const JsonLexer&) { problem_ = "nested deeper than " + std::to_string(depth_max_) + " levels"; }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  static std::string at_byte(std::size_t byte) { return " (at byte " + std::to_string(byte) + ")"; }

  std::size_t depth_max_;
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
  if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark before the JSON value";
  Verdict verdict{depth_max};
  return JsonParser{text, verdict, depth_max}.parse() ? std::string{} : verdict.problem();
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
