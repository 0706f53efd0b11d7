#include <breakerd/storage/log/log_walk.hpp>

#include <breakerd/storage/tables/stored_event.hpp>

namespace breakerd {
namespace {

Error behind(Seq seq, const Error& error) {
  return make_error(error.code, "behind event " + std::to_string(seq) + ": " + error.detail);
}

}  // namespace

Result<void> walk_log(const ReadView& view, const std::function<bool(const WalkedEvent&)>& visit) {
  Position at;
  Result<void> outcome;
  auto scanned = view.scan(Table::events, {}, {}, [&](std::string_view key, std::string_view row) {
    const Seq seq = read_big_endian(key);
    if (seq != at.seq + 1) {
      outcome = make_error(ErrorCode::corrupt, "event " + std::to_string(at.seq + 1) + " is missing: event " +
                                                   std::to_string(seq) + " is the next one there is");
      return false;
    }
    const auto stored = split_event(row);
    if (!stored) return outcome = behind(at.seq, stored.error()), false;
    const bool chains = stored->hash == chain(at.hash, seq, stored->body);
    at = {seq, stored->hash};
    return visit({seq, stored->body, stored->hash, chains});
  });
  if (!outcome) return outcome;
  if (!scanned) return behind(at.seq, scanned.error());
  return {};
}

}  // namespace breakerd
