#include "storage/row_format.hpp"

#include "storage/job_set.hpp"

namespace breakerd {
namespace {

/// The keys of single jobs end with the job where those of sets have the set's number, and sort alike.
Result<void> gather(const ReadView& rows, Table singles, Table sets, RowBatch& batch) {
  std::string key;
  JobSet set;
  auto ok = rows.scan(singles, {}, {}, [&](std::string_view single, std::string_view) {
    const JobId job = read_big_endian(single.substr(single.size() - sizeof(JobId)));
    std::string key_of_set{single.substr(0, single.size() - sizeof(JobId))};
    append_big_endian(key_of_set, JobSet::number_of(job));
    if (key_of_set != key) {
      if (!set.empty()) batch.put(sets, key, set.encode());
      key = std::move(key_of_set);
      set = {};
    }
    set.add(job);
    return true;
  });
  if (!ok) return ok.error();
  if (!set.empty()) batch.put(sets, key, set.encode());
  batch.erase_all(singles);
  return {};
}

}  // namespace

Result<bool> has_current_format(const ReadView& rows) {
  const auto format = rows.get(Table::meta, meta_key::format);
  if (!format) return format.error();
  if (!*format || **format == current_format) return true;
  if (**format == "1") return false;
  return make_error(ErrorCode::corrupt, "the projection is of format '" + **format +
                                            "', and this breakerd knows up to " + std::string{current_format} +
                                            ": a newer one has written it");
}

Error needs_upgrade() {
  return make_error(ErrorCode::corrupt,
                    "the projection was written by an older breakerd: start this one on the directory first");
}

Result<void> upgrade_rows(const ReadView& rows, RowBatch& batch) {
  if (auto ok = gather(rows, Table::single_ready, Table::ready, batch); !ok) return ok.error();
  if (auto ok = gather(rows, Table::single_leases, Table::leases, batch); !ok) return ok.error();
  if (auto ok = gather(rows, Table::single_campaign, Table::campaign_jobs, batch); !ok) return ok.error();
  batch.put(Table::meta, meta_key::format, current_format);
  return {};
}

}  // namespace breakerd
