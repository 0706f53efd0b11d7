#pragma once
// The faults of one seed's disk.

#include <functional>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/disk_faults.hpp"
#include "tests/simulation/swarm.hpp"
#include "tests/simulation/timeline.hpp"

namespace breakerd::simulation {

/// One kind of fault.
inline constexpr const char* failed_read = "a read failed";

class DrawnFaults final : public DiskFaults {
 public:
  /// `swarm` and `timeline` outlive this.
  DrawnFaults(const Swarm& swarm, Timeline& timeline, Chance chance)
      : swarm_{swarm}, timeline_{timeline}, chance_{chance} {}

  std::function<void(Duration)> wait_for_sync;  ///< what else happens while a sync takes so long
  std::function<void()> write_head;             ///< to be called a little later
  std::function<void(const char*)> on_fault;    ///< its kind

  /// No space is left for so long.
  void fill(Duration time) { full_until_ = timeline_.now() + time; }
  /// From here on the disk is as it should be.
  void stop() { stopped_ = true; }

  CommitEnd next_commit(Seq last) override;
  void while_syncing() override;
  ReopenEnd next_reopen() override;
  std::optional<ErrorCode> next_read(Reader reader, Table table) override;
  bool head_fails() override;
  void head_is_behind() override;

 private:
  [[nodiscard]] bool is_full() const { return !stopped_ && timeline_.now() < full_until_; }
  [[nodiscard]] bool happens(std::uint32_t per_mille) {
    return !stopped_ && per_mille > 0 && chance_.per_mille(per_mille);
  }
  [[nodiscard]] Duration below(Duration bound);

  const Swarm& swarm_;
  Timeline& timeline_;
  Chance chance_;
  Moment full_until_{0};
  bool stopped_ = false;
};

}  // namespace breakerd::simulation
