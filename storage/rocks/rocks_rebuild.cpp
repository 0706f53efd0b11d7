#include <breakerd/storage/rocks/rocks_rebuild.hpp>

#include <utility>

#include <breakerd/storage/projection/rebuild.hpp>
#include <breakerd/storage/rocks/rocks_batch.hpp>
#include <breakerd/storage/rocks/rocks_row_families.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/rocks/rocks_views.hpp>

namespace breakerd {
namespace {

constexpr std::size_t readahead_bytes = 2 << 20;

/// For one walk over the events.
rocksdb::ReadOptions one_walk() {
  rocksdb::ReadOptions scans;
  scans.readahead_size = readahead_bytes;
  scans.fill_cache = false;
  return scans;
}

Result<void> write(const Database& database, RowBatch& batch, const rocksdb::WriteOptions& how) {
  auto finished = static_cast<RocksBatch&>(batch).finished();
  if (!finished) return finished.error();
  const auto status = database.db->Write(how, *finished);
  if (!status.ok()) return from_status(status, "making the projection anew");
  return {};
}

/// Where rows are written to.
RowStore store_of(const Database& database, const ReadView& rows, const rocksdb::WriteOptions& how) {
  return {rows, [&database](JobId first_new_job) { return std::make_unique<RocksBatch>(database, 0, first_new_job); },
          [&database, how](RowBatch& batch) { return write(database, batch, how); }};
}

Result<void> remove_rows(const std::unique_ptr<Database>& database) {
  rocksdb::WriteOptions durably = write_settings();
  durably.sync = true;
  const LatestView latest{database};
  return clear_rows(store_of(*database, latest, durably));
}

}  // namespace

Result<std::unique_ptr<Database>> open_for_rebuild(const std::filesystem::path& directory,
                                                   const std::function<void(const std::string&)>& log_line) {
  auto opened = open_database(directory, Access::rebuild, log_line);
  if (opened || opened.error().code != ErrorCode::corrupt) return opened;
  if (!open_database(directory, Access::without_rows, log_line)) return opened;
  return open_database(directory, Access::rebuild_damaged, log_line);
}

Result<void> make_rows(const std::unique_ptr<Database>& database, Seq end, const RebuildProgress& progress) {
  if (end == 0) return remove_rows(database);
  if (auto ok = begin_rows(*database); !ok) return ok;
  const LatestView made{database, one_walk()};
  rocksdb::WriteOptions not_logged = write_settings();  // keep_rows() makes them durable
  not_logged.disableWAL = true;
  RowStore store = store_of(*database, made, not_logged);
  store.is_empty = true;
  if (progress) store.progress = [&](Seq at) { progress(at, end); };
  store.end = end;
  store.finish = [&](RowBatch& batch) -> Result<void> {
    auto finished = static_cast<RocksBatch&>(batch).finished();
    if (!finished) return finished.error();
    return keep_rows(*database, **finished);
  };
  auto ok = rebuild_rows(store);
  if (!ok && database->rows_before != nullptr) give_up_rows(*database);
  return ok;
}

}  // namespace breakerd
