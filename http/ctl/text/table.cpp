#include <breakerd/http/ctl/text/table.hpp>

#include <algorithm>

#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {

void Table::add(std::vector<std::string> row) {
  for (auto& cell : row) cell = printable(cell);
  rows_.push_back(std::move(row));
}

std::string Table::to_string(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  const auto& header = rows_.front();
  const auto painted = [&](std::size_t row, std::size_t column) {
    const auto& cell = rows_[row][column];
    if (row == 0) return terminal.paint(Tone::strong, cell);
    return column < header.size() && header[column] == "STATUS" ? terminal.paint_status(cell) : cell;
  };
  std::string out;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::size_t spaces = 0;  // owed to the columns that follow, if any has text
    for (std::size_t i = 0; i < rows_[row].size(); ++i) {
      const auto& cell = rows_[row][i];
      if (!cell.empty()) {
        out.append(spaces, ' ');
        out += painted(row, i);
        spaces = 0;
      }
      spaces += widths[i] - width(cell) + 2;
    }
    out += '\n';
  }
  return out;
}

}  // namespace breakerd::ctl
