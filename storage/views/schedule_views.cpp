// Schedules (views.hpp).

#include <breakerd/events/rules/schedules.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/number_cursor.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {

std::string cursor_behind(const ScheduleRow& item) { return std::to_string(item.id); }

Result<ScheduleRow> read_schedule(const ReadView& view, ScheduleId id) {
  auto row = read_row<ScheduleRow>(view, Table::schedules, number_key(id));
  if (!row) return row.error();
  if (!*row) return no_such_schedule(id);
  return std::move(**row);
}

/// One more than is wanted tells whether the list goes on.
Result<Page<ScheduleRow>> list_schedules(const ReadView& view, std::string_view name, std::uint32_t limit,
                                         std::string_view cursor) {
  const auto behind = parse_number_cursor(cursor);
  if (!behind) return behind.error();
  Page<ScheduleRow> page;
  if (*behind == no_number) return page;
  auto scanned = scan_rows<ScheduleRow>(view, Table::schedules, number_key(*behind + 1), [&](ScheduleRow row) {
    if (!name.empty() && row.plan.name != name) return true;
    if (page.items.size() == limit) return page.next = cursor_behind(page.items.back()), false;
    page.items.push_back(std::move(row));
    return true;
  });
  if (!scanned) return scanned.error();
  return page;
}

}  // namespace breakerd
