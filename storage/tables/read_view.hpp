#pragma once
// Committed state at one moment. Short-lived: a view keeps the log from being reopened while it lives, so it is made,
// read and dropped within one piece of work, on one thread, and a thread has one at a time: asking for a second one
// waits for a reopening that waits for the first.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

class ReadView {
 public:
  virtual ~ReadView() = default;

  /// nullopt when there is no such row.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;

  /// The rows of many keys, in their order; as get() for each of them, but cheaper where the engine can.
  using Rows = std::vector<std::optional<std::string>>;
  [[nodiscard]] virtual Result<Rows> get_many(Table table, std::span<const std::string> keys) const;

  /// Rows with from <= key < to in order of keys; an empty `to` means the table's end. Stops when `visit` says false.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] virtual Result<void> scan(Table table, std::string_view from, std::string_view to,
                                          const Visit& visit) const = 0;

  /// The last row of a table with key < `before`; an empty `before` means the table's end.
  [[nodiscard]] virtual Result<std::optional<std::string>> last_key(Table table, std::string_view before) const = 0;
};

}  // namespace breakerd
