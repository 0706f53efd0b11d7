#pragma once
// Reads on behalf of clients that met damage in the data directory: counted for the status, and told in the log.

#include <mutex>

#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

class ReadDamage {
 public:
  /// `clock` outlives this.
  ReadDamage(const Clock& clock, LineSink log_line) : clock_{clock}, log_line_{std::move(log_line)} {}

  /// An error that a read ended with. One that is not `corrupt` does not count. The first one has a line in the log at
  /// once; later ones have one a minute at most, which says how many there were. Any thread.
  void count(const Error& error);

  /// Any thread.
  [[nodiscard]] DamagedReads view() const;

 private:
  const Clock& clock_;
  LineSink log_line_;
  mutable std::mutex mutex_;
  DamagedReads seen_;
  std::uint64_t told_ = 0;  ///< of seen_.count, in the log
  Time told_at_{};
};

}  // namespace breakerd
