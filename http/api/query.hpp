#pragma once
// Query parameters. Every one given must be asked for; what is left over is refused by name.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/http/edge/answer.hpp>
#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

class Query {
 public:
  explicit Query(std::string_view raw);

  /// The decoded value; empty when not given.
  [[nodiscard]] std::string text(std::string_view name);

  /// Whether there is such a parameter; asking for its value is still to be done.
  [[nodiscard]] bool has(std::string_view name) { return find(name) != nullptr; }

  /// A whole number within the range, or `fallback` when not given. `more` ends the sentence that says what is
  /// expected.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t fallback, std::uint64_t low,
                                     std::uint64_t high, std::string_view more = {});

  /// `true` or `false`; false when not given.
  [[nodiscard]] bool flag(std::string_view name);

  /// Notes that `name` has the wrong value.
  void refuse(std::string_view name, std::string expected);

  /// Once all have been asked for: what was wrong.
  [[nodiscard]] std::optional<Problem> problem();

 private:
  struct Parameter {
    std::string name;
    std::string value;
    bool asked_for = false;
  };
  Parameter* find(std::string_view name);

  std::vector<Parameter> parameters_;
  std::string known_;
  BodyErrors errors_;
};

}  // namespace breakerd::http
