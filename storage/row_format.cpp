#include "storage/row_format.hpp"

#include "storage/job_set.hpp"
#include "storage/row_read.hpp"

namespace breakerd {
namespace {

struct Move {
  Table singles;
  Table sets;
};
constexpr Move moves[] = {{Table::single_ready, Table::ready},
                          {Table::single_leases, Table::leases},
                          {Table::single_campaign, Table::campaign_jobs}};

/// The keys of single jobs end with the job where those of sets have the set's number, and sort alike.
Result<void> gather(const ReadView& rows, const Move& move, RowBatch& batch,
                    const std::function<Result<void>()>& make_room) {
  std::string key;
  JobSet set;
  Result<void> outcome;
  const auto put = [&] {
    if (set.empty()) return true;
    batch.put(move.sets, key, set.encode());
    outcome = make_room();
    return outcome.has_value();
  };
  auto ok = rows.scan(move.singles, {}, {}, [&](std::string_view single, std::string_view) {
    const JobId job = read_big_endian(single.substr(single.size() - sizeof(JobId)));
    std::string key_of_set{single.substr(0, single.size() - sizeof(JobId))};
    append_big_endian(key_of_set, JobSet::number_of(job));
    if (key_of_set != key) {
      if (!put()) return false;
      key = std::move(key_of_set);
      set = {};
    }
    set.add(job);
    return true;
  });
  if (!ok) return ok.error();
  if (outcome) put();
  return outcome;
}

Result<void> gather_indexes(const ReadView& rows, RowBatch& batch, const std::function<Result<void>()>& make_room) {
  for (const Move& move : moves) {  // what an upgrade that was broken off has left
    const auto left = rows.last_key(move.sets, {});
    if (!left) return left.error();
    if (*left) batch.erase_all(move.sets);
  }
  for (const Move& move : moves)
    if (auto ok = gather(rows, move, batch, make_room); !ok) return ok.error();
  for (const Move& move : moves) batch.erase_all(move.singles);
  return {};
}

}  // namespace

Result<RowFormat> read_format(const ReadView& rows) {
  const auto format = rows.get(Table::meta, meta_key::format);
  if (!format) return format.error();
  if (*format) {
    for (auto known = static_cast<std::uint8_t>(newest_format); known > 0; --known)
      if (**format == format_text(RowFormat{known})) return RowFormat{known};
    return make_error(ErrorCode::wrong_state, "the projection is of format '" + **format +
                                                  "', and this breakerd knows up to " + format_text(newest_format) +
                                                  ": a newer one has written it");
  }
  const auto head = rows.get(Table::meta, meta_key::head);
  if (!head) return head.error();
  if (*head) return make_error(ErrorCode::corrupt, "the projection does not say of which format it is");
  return newest_format;
}

Error needs_upgrade() {
  return make_error(ErrorCode::wrong_state,
                    "the projection was written by an older breakerd: start this one on the directory first");
}

Result<void> upgrade_rows(const ReadView& rows, RowFormat from, RowBatch& batch,
                          const std::function<Result<void>()>& make_room) {
  const auto head = read_row<HeadRow>(rows, Table::meta, meta_key::head);
  if (!head) return head.error();
  if (from == RowFormat::single_indexes)
    if (auto ok = gather_indexes(rows, batch, make_room); !ok) return ok.error();
  batch.put(Table::meta, meta_key::format, format_text(newest_format));
  if (*head) batch.put(Table::meta, meta_key::head, encode(**head));  // in a form that an older one refuses
  return {};
}

}  // namespace breakerd
