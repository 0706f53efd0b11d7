#pragma once
// What can be told of a data directory without its daemon, or beside it: the state as it was at any place of the log,
// and whether the directory keeps its promises. Nothing is changed. A clock tells how long it took. Each call reads the
// whole log, on the calling thread; memory grows with the jobs that have not ended (log_fold.hpp).

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

/// Where a replay ends. Nothing given: at the log's end.
struct ReplayUntil {
  std::optional<Seq> seq;    ///< this event is the last
  std::optional<Time> time;  ///< ends before the first event that is later
};

struct ReplayReport {
  StatusView status;                    ///< as it was; last_seq is the last event that counts
  std::vector<CampaignView> campaigns;  ///< in order of creation, at most limits::sample_items_max
  std::optional<EventView> last;        ///< the last event that counts; nullopt when there is none
  std::string warning;                  ///< that the log is not whole (HEAD says more, or nothing); else empty
  std::chrono::duration<double> took{};
};

/// `invalid` for a seq the log does not reach; `corrupt`, with the place, when the log up to there has a gap, does not
/// chain, cannot be read or contradicts itself, or there is none where one must be; `storage` when `directory` is no
/// data directory or the system refuses to read it.
[[nodiscard]] Result<ReplayReport> replay(const std::filesystem::path& directory, const ReplayUntil& until,
                                          const Clock& clock = machine_clock());

struct VerifyReport {
  std::uint64_t events = 0;
  std::uint64_t rows = 0;             ///< of the projection
  Position last;                      ///< the end of the log
  std::vector<std::string> problems;  ///< one sentence each, at most verify_problems_max
  bool more_problems = false;         ///< there are more than are listed
  bool rebuild_mends = false;         ///< events and HEAD are whole: rebuild() makes everything well
  std::string note;                   ///< that something was not checked, and why that is no problem; else empty
  std::chrono::duration<double> took{};

  [[nodiscard]] bool ok() const { return problems.empty(); }
};
inline constexpr std::size_t verify_problems_max = 100;

/// Checks that the events are dense and chain from the first to the last, that they reach HEAD, that each fits what
/// went before (no lease while the circuit is open or under a hold, and everything else fold() refuses), and that the
/// projection is what the events add up to, row by row (unless an older breakerd has written it: it will be made anew).
/// What is wrong is in the report, also when nothing of the log
/// can be read. An error means that it could not be found out: `storage` when `directory` is no data directory or the
/// system refuses to read it.
[[nodiscard]] Result<VerifyReport> verify(const std::filesystem::path& directory, const Clock& clock = machine_clock());

}  // namespace breakerd
