#include <breakerd/storage/offline/rebuild.hpp>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/storage/log/log_walk.hpp>
#include <breakerd/storage/offline/log_fold.hpp>
#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd {

Result<void> check_events(const ReadView& view) {
  LogFold fold;
  Result<void> outcome;
  const auto walked = walk_log(view, [&](const WalkedEvent& walk) {
    const auto event = decode_event(walk.body);
    if (!walk.chains)
      outcome = make_error(ErrorCode::corrupt, "event " + std::to_string(walk.seq) + " does not chain");
    else
      outcome = event ? fold.apply(walk.seq, *event) : Result<void>{event.error()};
    return outcome.has_value();
  });
  if (!outcome) return outcome;
  if (!walked) return walked.error();
  return fold.end_log();
}

Result<RebuildReport> rebuild(const std::filesystem::path& directory, const std::function<void(Seq, Seq)>& progress,
                              const Clock& clock) {
  if (!is_data_directory(directory)) return no_data_directory(directory);
  const SteadyTime began = clock.steady();
  const auto end = rebuild_projection(directory, progress);
  if (!end) return end.error();
  return RebuildReport{*end, clock.steady() - began};
}

}  // namespace breakerd
