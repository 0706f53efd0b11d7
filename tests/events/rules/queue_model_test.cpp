// The queue's counts and shown statuses against a model that recounts everything after every step.

#include "tests/support/queue_model.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd::test;

TEST_CASE("counts and statuses equal a recount, over random stories") {
  const unsigned first = test_seed();
  for (unsigned i = 0; i < 40; ++i) {
    const unsigned seed = first + i;
    INFO("seed " << seed);
    QueueModel model{seed};
    for (int step = 0; step < 250; ++step) {
      INFO("step " << step);
      model.step();
      model.check();
    }
  }
}
