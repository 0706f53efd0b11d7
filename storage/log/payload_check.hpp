#pragma once
// Whether the payloads beside a log are those that its events speak of: all of them, unchanged, and no others.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

class PayloadCheck {
 public:
  /// `problem` is told of each payload that is not as it must be; the event is named. `view` is of the same moment as
  /// the events, and outlives this.
  PayloadCheck(const ReadView& view, std::function<void(std::string)> problem)
      : view_{view}, problem_{std::move(problem)} {}

  /// Takes the log's events one after the other, from the first. Payloads are read many at a time: an error of reading
  /// may be of an event that was taken before.
  [[nodiscard]] Result<void> take(Seq seq, const EventData& data);
  /// After the last one.
  [[nodiscard]] Result<void> finish();

 private:
  [[nodiscard]] Result<void> read_until(Seq end);

  struct Expected {
    Seq seq = 0;
    PayloadRef ref;
  };
  const ReadView& view_;
  std::function<void(std::string)> problem_;
  std::vector<Expected> expected_;
  Seq begin_ = 0;  ///< payloads before it have been looked at
  Seq last_ = 0;
};

}  // namespace breakerd
