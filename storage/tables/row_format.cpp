#include <breakerd/storage/tables/row_format.hpp>

#include <algorithm>
#include <vector>

namespace breakerd {

namespace {

constexpr std::string_view unfinished = ", unfinished";

}  // namespace

std::string RowFormat::to_string() const {
  std::string text = std::to_string(number);
  if (!is_whole) text += unfinished;
  return text;
}

bool is_unfinished(std::string_view format) { return format.ends_with(unfinished); }

Result<RowFormat> read_format(const ReadView& rows) {
  const auto stored = rows.get(Table::meta, meta_key::format);
  if (!stored) return stored.error();
  if (*stored) {
    std::vector<RowFormat> known;
    for (unsigned number = 1; number <= newest_row_format; ++number) {
      known.push_back({number, true});
      known.push_back({number, false});
    }
    const auto at = std::find_if(known.begin(), known.end(),
                                 [&](const RowFormat& format) { return format.to_string() == **stored; });
    if (at != known.end()) return *at;
    return make_error(ErrorCode::wrong_state, "the projection is of format '" + **stored +
                                                  "', and this breakerd knows up to " + RowFormat{}.to_string() +
                                                  ": a newer one has written it");
  }
  const auto head = rows.get(Table::meta, meta_key::head);
  if (!head) return head.error();
  if (*head) return make_error(ErrorCode::corrupt, "the projection does not say of which format it is");
  return RowFormat{};
}

Error needs_rebuild() {
  return make_error(ErrorCode::wrong_state,
                    "the projection was written by an older breakerd: start this one on the directory first");
}

bool can_read_rows(const ReadView& rows) {
  for (auto i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i)
    if (const auto table = static_cast<Table>(i); !is_record(table))
      if (!rows.scan(table, {}, {}, [](std::string_view, std::string_view) { return true; })) return false;
  return true;
}

}  // namespace breakerd
