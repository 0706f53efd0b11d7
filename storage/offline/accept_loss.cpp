#include <breakerd/storage/offline/accept_loss.hpp>

#include <breakerd/storage/log/directories.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/offline/rebuild.hpp>
#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>
#include <breakerd/storage/tables/row_format.hpp>

namespace breakerd {
namespace {

namespace fs = std::filesystem;

Error cannot_help(const Error& error) {
  if (error.code != ErrorCode::corrupt) return error;
  return make_error(
      ErrorCode::corrupt,
      error.detail +
          ". accept-loss cannot help here: it gives up what is missing at the end of the log, and this is "
          "damage to what is before it. Restore the data directory, HEAD and log/ together, from a backup "
          "or a copy");
}

/// Rows are damaged, and events are not.
Error only_rows(const std::string& damage) {
  return make_error(ErrorCode::wrong_state,
                    damage + ". `breakerctl rebuild` mends it, and then says whether events are missing at the end");
}

/// Why a start would refuse the log; empty when it would not.
Result<std::string> why_refused(const fs::path& directory, const Inspection& inspection) {
  const auto format = read_format(*inspection.view);
  if (!format) return format.error();
  if (!inspection.damage.empty()) return inspection.damage;
  const auto end = last_event(*inspection.view);
  if (!end) return end.error();
  auto problem = head_problem(*inspection.view, inspection.head, *end);
  if (!problem || !problem->empty()) return problem;
  RocksLogOptions options;
  options.directory = directory;
  options.read_only = true;
  const auto log = open_rocks_log(std::move(options));
  const bool would_rebuild = !log && !format->is_current() && log.error().code == ErrorCode::wrong_state;
  if (!log && !would_rebuild) return log.error();
  if (would_rebuild)
    if (auto ok = check_events(*inspection.view); !ok) return ok.error();
  return std::string{};
}

/// The same. Damage that a rebuild mends is an error that says so.
Result<std::string> why_refused_or_rebuild(const fs::path& directory, const Inspection& inspection) {
  if (!inspection.rows_damage.empty()) return only_rows(inspection.rows_damage);
  auto why = why_refused(directory, inspection);
  if (why || why.error().code != ErrorCode::corrupt || can_read_rows(*inspection.view)) return why;
  return check_events(*inspection.view) ? only_rows(why.error().detail) : why.error();
}

}  // namespace

Result<LossReport> accept_loss(const fs::path& directory) {
  if (!is_data_directory(directory)) return no_data_directory(directory);
  std::optional<DirectoryLock> lock{std::in_place};  // what is looked at must not be a daemon's that goes on
  if (auto ok = lock->take(directory); !ok) return ok.error();
  LossReport report;
  auto inspection = inspect(directory);
  if (inspection) {
    if (inspection->head) report.acknowledged = inspection->head->position.seq;
    auto problem = why_refused_or_rebuild(directory, *inspection);
    if (!problem) return cannot_help(problem.error());
    report.problem = *problem;
    if (report.problem.empty()) {
      report.end = inspection->head ? inspection->head->position : Position{};
      const auto end = last_event(*inspection->view);
      if (!end) return end.error();
      report.end.seq = *end;
      return report;
    }
    inspection->view.reset();  // closes the database
  } else if (lost_whole_log(directory)) {
    const auto head = read_head(directory);
    if (!head) return head.error();
    if (*head) report.acknowledged = (*head)->position.seq;
    report.problem = "the log is missing";
  } else {
    return cannot_help(inspection.error());
  }
  lock.reset();  // it takes the directory itself
  auto accepted = accept_log_as_it_is(directory);
  if (!accepted) return cannot_help(accepted.error());
  report.end = *accepted;
  return report;
}

}  // namespace breakerd
