#include <breakerd/storage/offline/rebuild.hpp>

#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd {

Result<RebuildReport> rebuild(const std::filesystem::path& directory, const std::function<void(Seq, Seq)>& progress,
                              const Clock& clock) {
  if (!is_data_directory(directory)) return no_data_directory(directory);
  const SteadyTime began = clock.steady();
  const auto end = rebuild_projection(directory, progress);
  if (!end) return end.error();
  return RebuildReport{*end, clock.steady() - began};
}

}  // namespace breakerd
