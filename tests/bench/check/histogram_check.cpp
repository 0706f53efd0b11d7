#include "tests/bench/load/histogram.hpp"
#include "tests/support/catch.hpp"

using breakerd::load::Histogram;
using breakerd::load::Nanos;

TEST_CASE("percentiles are within one per cent at every size") {
  for (const Nanos unit : {Nanos{1}, Nanos{1'000}, Nanos{1'000'000}, Nanos{500'000'000}}) {
    Histogram histogram;
    for (Nanos i = 1; i <= 1'000; ++i) histogram.record(i * unit);
    for (const double fraction : {0.01, 0.5, 0.99, 0.999}) {
      const double exact = fraction * 1'000 * static_cast<double>(unit);
      CHECK(static_cast<double>(histogram.percentile(fraction)) == Approx(exact).epsilon(0.01).margin(2));
    }
    CHECK(histogram.max() == 1'000 * unit);
  }
}

TEST_CASE("an empty histogram answers zero") { CHECK(Histogram().percentile(0.99) == 0); }

TEST_CASE("values beyond the range count at its ends") {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(Histogram::value_max * 2);
  CHECK(histogram.count() == 2);
  CHECK(histogram.percentile(0) == 0);
  CHECK(histogram.max() == Histogram::value_max);
}
