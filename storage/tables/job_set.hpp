#pragma once
// Which of 256 jobs that were enqueued one after the other belong to something: the pending ones of a lane and type,
// the leased ones of a lane, all of a campaign. One row of an index is such a set, so that a batch of jobs changes a
// row or two of it and not one for each job, and leaves no row behind for each job that has gone.

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/ready_place.hpp>

namespace breakerd {

class JobSet {
 public:
  static constexpr std::size_t jobs = 256;

  /// The number of the set that `job` may be in. Keys of sets end with it.
  [[nodiscard]] static constexpr std::uint64_t number_of(JobId job) { return job / jobs; }
  [[nodiscard]] static constexpr JobId first_of(std::uint64_t number) { return number * jobs; }

  void add(JobId job) { words_[job % jobs / word_bits] |= bit(job); }
  void remove(JobId job) { words_[job % jobs / word_bits] &= ~bit(job); }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// Calls `visit` with the places of the set's jobs, ascending from 0, until it says false. True when it never did.
  bool each(const auto& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1)
        if (!visit(i * word_bits + static_cast<std::size_t>(std::countr_zero(left)))) return false;
    return true;
  }

  /// The one stored form of a set: up to 31 jobs as a byte each, ascending; more as 256 bits, the first job in the
  /// lowest bit of the first byte.
  [[nodiscard]] std::string encode() const;
  /// `corrupt` when that is not the stored form of a set that has any.
  [[nodiscard]] static Result<JobSet> decode(std::string_view bytes);

 private:
  static constexpr std::size_t word_bits = 64;
  static constexpr std::uint64_t bit(JobId job) { return std::uint64_t{1} << job % word_bits; }

  std::array<std::uint64_t, jobs / word_bits> words_{};
};

/// Calls `visit` with every job of the sets of `table` whose keys are `prefix` and the set's number, behind job
/// `after`, in order; with a shorter prefix, in the order of keys, and `after` must be 0. Stops when `visit` says
/// false.
[[nodiscard]] Result<void> scan_jobs(const ReadView& view, Table table, std::string_view prefix, JobId after,
                                     const std::function<bool(JobId)>& visit);

/// Calls `visit` with the places of the ready jobs of one lane and class, whose prefix (ready_prefix()) this is, behind
/// `after`, in order. Stops when `visit` says false.
[[nodiscard]] Result<void> scan_ready(const ReadView& view, std::string_view prefix, ReadyPlace after,
                                      const std::function<bool(ReadyPlace)>& visit);

}  // namespace breakerd
