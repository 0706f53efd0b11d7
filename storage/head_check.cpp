#include "storage/head_check.hpp"

#include "storage/projected_log.hpp"

namespace breakerd {

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
