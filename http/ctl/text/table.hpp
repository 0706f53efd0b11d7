#pragma once
// Columns of text.

#include <string>
#include <vector>

#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// Two spaces between columns, widths in code points. Cells are made printable; on a terminal the column STATUS is
/// painted.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { add(std::move(header)); }
  void add(std::vector<std::string> row);
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  [[nodiscard]] std::string to_string(const Terminal& terminal = {}) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace breakerd::ctl
