#include <breakerd/storage/log/head_check.hpp>

#include <breakerd/storage/tables/stored_event.hpp>

namespace breakerd {
namespace {

Error behind_head(Seq log, Seq head) {
  return make_error(ErrorCode::corrupt, "the log ends at event " + std::to_string(log) + ", but events up to " +
                                            std::to_string(head) + " were acknowledged: some are missing. " +
                                            way_forward);
}

}  // namespace

Error no_head() {
  return make_error(
      ErrorCode::corrupt,
      std::string{"HEAD is missing or unreadable, so it cannot be told whether the log is whole. "} + way_forward);
}

Error log_is_lost(const std::string& place, Seq acknowledged) {
  return make_error(ErrorCode::corrupt, place + " is missing or empty, but events up to " +
                                            std::to_string(acknowledged) + " were acknowledged. " + way_forward);
}

Result<void> check_acknowledged(const ReadView& latest, const Position& acknowledged, Seq end) {
  if (end < acknowledged.seq) return behind_head(end, acknowledged.seq);
  if (acknowledged.seq == 0) return {};
  auto row = latest.get(Table::events, number_key(acknowledged.seq));
  if (!row) return row.error();
  if (!*row) return behind_head(end, acknowledged.seq);
  auto event = split_event(**row);
  if (!event) return event.error();
  if (event->hash != acknowledged.hash)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(acknowledged.seq) +
                                              " is not the one that was acknowledged: the log was changed, or HEAD is "
                                              "that of another log. " +
                                              way_forward);
  return {};
}

Result<std::string> head_problem(const ReadView& view, const std::optional<HeadRecord>& head, Seq end) {
  if (!head) return std::string{"HEAD is missing or unreadable: it cannot be told whether the log is whole"};
  const Position& acknowledged = head->position;
  if (end < acknowledged.seq)
    return "the log ends at event " + std::to_string(end) + ", but events up to " + std::to_string(acknowledged.seq) +
           " were acknowledged";
  if (acknowledged.seq == 0) return std::string{};
  const auto row = view.get(Table::events, number_key(acknowledged.seq));
  if (!row) return row.error();
  const auto event = *row ? split_event(**row) : make_error(ErrorCode::corrupt, "it is missing");
  if (event && event->hash == acknowledged.hash) return std::string{};
  return "event " + std::to_string(acknowledged.seq) +
         " is not the one that was acknowledged: the log was changed, or HEAD is that of another log";
}

Result<Seq> last_event(const ReadView& view) {
  const auto key = view.last_key(Table::events, {});
  if (!key) return key.error();
  return *key ? Seq{read_big_endian(**key)} : Seq{0};
}

}  // namespace breakerd
