// Settings of job types (views.hpp).

#include <breakerd/events/rules/job_types.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {

std::string cursor_behind(const JobTypeRow& item) { return item.job_type; }

Result<JobTypeRow> read_job_type(const ReadView& view, std::string_view name) {
  auto row = read_row<JobTypeRow>(view, Table::job_types, name);
  if (!row) return row.error();
  if (!*row) return no_such_job_type(std::string{name});
  return std::move(**row);
}

/// One more than is wanted tells whether the list goes on.
Result<Page<JobTypeRow>> list_job_types(const ReadView& view, std::uint32_t limit, std::string_view cursor) {
  Page<JobTypeRow> page;
  std::string from{cursor};
  if (!from.empty()) from += '\0';  // the smallest key behind it
  auto scanned = scan_rows<JobTypeRow>(view, Table::job_types, from, [&](JobTypeRow row) {
    if (page.items.size() == limit) return page.next = cursor_behind(page.items.back()), false;
    page.items.push_back(std::move(row));
    return true;
  });
  if (!scanned) return scanned.error();
  return page;
}

}  // namespace breakerd
