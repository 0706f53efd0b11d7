#pragma once

#include <breakerd/events/model/queue_state.hpp>
#include "tests/support/world.hpp"

namespace breakerd::test {

/// A queue under two holds, with three generations of campaigns and a different number of everything, so that a sum
/// tells what is in it.
inline QueueState numbered_queue() {
  QueueState queue;
  queue.holds = {{5, HoldKind::service, "hermes", "slow", "carol", at(5)},
                 {9, HoldKind::circuit, "apollo", "429", "dave", at(9)}};
  queue.generations = {{1, {2, 4}, 8}, {16, {32, 64}, 128}, {256, {512, 1'024}, 2'048}};
  queue.default_lane = {4'096, 8'192};
  queue.created = {16'384, 32'768};
  queue.operator_paused = {65'536, 131'072};
  queue.ended_jobs = {0, 0, 3, 5, 7, 13};
  queue.campaigns = {11, 1'013, 17, 19, 23, 29};
  return queue;
}

}  // namespace breakerd::test
