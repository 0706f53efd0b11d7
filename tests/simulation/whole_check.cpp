#include "tests/simulation/whole_check.hpp"

#include <breakerd/storage/log/log_walk.hpp>
#include <breakerd/storage/log/payload_check.hpp>
#include <breakerd/storage/offline/log_fold.hpp>
#include <breakerd/storage/projection/rebuild.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/row_name.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/support/memory_tables.hpp"

namespace breakerd::simulation {
namespace {

using breakerd::test::MemoryTables;
using breakerd::test::SharedTables;
using breakerd::test::StagedBatch;

class Problems {
 public:
  void add(std::string problem) {
    if (found_.size() < whole_problems_max) found_.push_back(std::move(problem));
  }
  /// Notes the error, if there is one.
  template <class T>
  bool is_ok(const Result<T>& result, const std::string& where) {
    if (!result) add(where + ": " + result.error().detail);
    return result.has_value();
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

std::string place(Seq seq) { return "event " + std::to_string(seq); }

/// Folds all events into the rows they add up to; gives the log's end. nullopt when they cannot be folded to the end.
std::optional<Position> fold_log(const ReadView& view, MemoryTables& rows, Problems& problems) {
  Position end;
  bool folds = true;
  LogFold fold{[&](Table table, std::string_view key, std::string_view value) {
    if (!rows[table].try_emplace(std::string{key}, value).second) problems.add(row_name(table, key) + ": folded twice");
  }};
  PayloadCheck payloads{view, [&](std::string problem) { problems.add(std::move(problem)); }};
  const auto walked = walk_log(view, [&](const WalkedEvent& walk) {
    end = {walk.seq, walk.hash};
    if (!walk.chains) problems.add(place(walk.seq) + " does not chain");
    const auto event = decode_event(walk.body);
    folds = problems.is_ok(event, place(walk.seq)) && problems.is_ok(fold.apply(walk.seq, *event), place(walk.seq)) &&
            problems.is_ok(payloads.take(walk.seq, event->data), "the payloads");
    return folds;
  });
  if (!problems.is_ok(walked, "the log") || !folds || !problems.is_ok(fold.end_log(), "the log's end"))
    return std::nullopt;
  fold.finish();
  static_cast<void>(problems.is_ok(payloads.finish(), "the payloads"));
  return end;
}

/// Every table that follows from the events; of `meta` not `head`, whose checkpoint depends on how commits fell
/// together.
bool read_rows(const ReadView& view, MemoryTables& rows, Problems& problems) {
  for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i) {
    const auto table = static_cast<Table>(i);
    if (is_record(table)) continue;
    const auto scanned = view.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
      if (table != Table::meta || key != meta_key::head) rows[table].emplace_hint(rows[table].end(), key, value);
      return true;
    });
    if (!problems.is_ok(scanned, "table " + std::string{to_string(table)})) return false;
  }
  return true;
}

void compare(const MemoryTables& stored, const MemoryTables& right, Problems& problems) {
  if (stored == right) return;
  for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i) {
    const auto table = static_cast<Table>(i);
    for (const auto& [key, value] : right[table]) {
      const auto there = stored[table].find(key);
      if (there == stored[table].end())
        problems.add(row_name(table, key) + " is missing");
      else if (there->second != value)
        problems.add(row_name(table, key) + " is not what the log adds up to");
    }
    for (const auto& [key, value] : stored[table])
      if (!right[table].contains(key)) problems.add(row_name(table, key) + " should not be there");
  }
}

void check_end(const ReadView& view, Seq end, Problems& problems) {
  const auto head = read_row<HeadRow>(view, Table::meta, meta_key::head);
  if (!problems.is_ok(head, "the row head")) return;
  const Seq rows_end = *head ? (*head)->last.seq : 0;
  if (rows_end != end) problems.add("the projection ends at " + place(rows_end) + ", the log at " + place(end));
}

}  // namespace

std::vector<std::string> check_whole(const ReadView& view) {
  Problems problems;
  MemoryTables folded;
  MemoryTables stored;
  if (const auto end = fold_log(view, folded, problems)) {
    check_end(view, end->seq, problems);
    if (read_rows(view, stored, problems)) compare(stored, folded, problems);
  }
  return problems.take();
}

std::vector<std::string> check_rebuild(const ReadView& view) {
  Problems problems;
  SharedTables rebuilt;
  StagedBatch events;
  bool is_empty = true;
  const auto copied = view.scan(Table::events, {}, {}, [&](std::string_view key, std::string_view value) {
    is_empty = false;
    return events.put(Table::events, key, value), true;
  });
  if (!problems.is_ok(copied, "the log")) return problems.take();
  rebuilt.apply(events);
  const RowStore store{rebuilt.latest(), [](JobId) { return std::make_unique<StagedBatch>(); },
                       [&](RowBatch& batch) -> Result<void> {
                         rebuilt.apply(static_cast<const StagedBatch&>(batch));
                         return {};
                       }};
  // An empty log has no rows.
  if (!is_empty && !problems.is_ok(rebuild_rows(store), "the rebuild")) return problems.take();
  MemoryTables stored;
  MemoryTables anew;
  if (read_rows(view, stored, problems) && read_rows(rebuilt.latest(), anew, problems)) compare(stored, anew, problems);
  return problems.take();
}

Result<std::vector<Event>> read_all_events(const ReadView& view, Seq from) {
  std::vector<Event> events;
  Result<void> outcome;
  auto scanned = view.scan(Table::events, number_key(from), {}, [&](std::string_view key, std::string_view row) {
    const Seq seq = read_big_endian(key);
    auto event = seq == from + events.size() ? decode_event_row(seq, row)
                                             : Result<DecodedEvent>{missing_event(from + events.size())};
    if (event) outcome = read_payload(view, seq, event->event.data);
    if (!event) outcome = event.error();
    if (!outcome) return false;
    return events.push_back(std::move(event->event)), true;
  });
  if (!outcome) return outcome.error();
  if (!scanned) return scanned.error();
  return events;
}

}  // namespace breakerd::simulation
