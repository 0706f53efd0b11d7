#pragma once
// The place of a ready job among those of its lane and class: a higher priority is earlier, then a lower number.

#include <compare>
#include <cstdint>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

class ReadyPlace {
 public:
  constexpr ReadyPlace() = default;  ///< before all jobs
  constexpr ReadyPlace(int priority, JobId job) : ReadyPlace{of_order(order_of(priority), job)} {}
  /// Behind all jobs.
  [[nodiscard]] static constexpr ReadyPlace end() { return of_order(0xff, job_mask); }
  [[nodiscard]] static constexpr ReadyPlace of_order(std::uint8_t order, JobId job) {
    ReadyPlace place;
    place.packed_ = std::uint64_t{order} << order_shift | (job & job_mask);
    return place;
  }

  [[nodiscard]] constexpr JobId job() const { return packed_ & job_mask; }
  /// The priority as a byte that sorts: smaller is earlier, 128 is priority 0.
  [[nodiscard]] constexpr std::uint8_t order() const { return static_cast<std::uint8_t>(packed_ >> order_shift); }
  [[nodiscard]] static constexpr std::uint8_t order_of(int priority) {
    return static_cast<std::uint8_t>(normal_order - priority);
  }

  /// The place right before this one.
  [[nodiscard]] constexpr ReadyPlace before() const {
    ReadyPlace place;
    place.packed_ = packed_ - 1;
    return place;
  }

  friend auto operator<=>(const ReadyPlace&, const ReadyPlace&) = default;

 private:
  static constexpr int normal_order = 128;
  static constexpr unsigned order_shift = 56;
  static constexpr std::uint64_t job_mask = (std::uint64_t{1} << order_shift) - 1;

  std::uint64_t packed_ = 0;
};

}  // namespace breakerd
