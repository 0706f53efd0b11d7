// Scripts as text.

#include "tests/simulation/script.hpp"

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

TEST_CASE("a script is the same after it was written and read") {
  Script script;
  script.seed = 18'446'744'073'709'551'615u;
  script.calls = 43;
  script.without = {"kills", "failed_syncs"};
  script.silent = {"auditor1", "vandal2"};
  script.skipped = {{"producer1", {0, 1, 2, 9}}, {"worker1", {7}}};
  const std::string text =
      "seed=18446744073709551615 calls=43 without=failed_syncs,kills silent=auditor1,vandal2 "
      "skip=producer1:0-2,producer1:9,worker1:7";
  CHECK(to_string(script) == text);
  CHECK(parse_script(text) == script);
}

TEST_CASE("what is at its default is not written") {
  CHECK(to_string(Script{}) == "seed=1");
  CHECK(parse_script("seed=1") == Script{});
}

TEST_CASE("what is not a script is refused") {
  const auto* text = GENERATE("", "seed", "seed=", "seed=x", "seed=-1", "calls=5", "seed=1 calls=0", "seed=1 seed=2",
                              "seed=1 without=rain", "seed=1 without=", "seed=1 silent=", "seed=1 skip=worker1",
                              "seed=1 skip=worker1:", "seed=1 skip=:3", "seed=1 skip=worker1:4-3",
                              "seed=1 skip=worker1:1-2-3", "seed=1 skip=worker1:0-99999999999", "seed=1 else=2");
  CHECK_FALSE(parse_script(text));
}

TEST_CASE("a move is made unless it is left out, or its user is silent") {
  Script script;
  script.silent = {"auditor1"};
  script.skipped = {{"worker1", {2}}};
  CHECK(script.does("worker1", 1));
  CHECK_FALSE(script.does("worker1", 2));
  CHECK_FALSE(script.does("auditor1", 0));
  CHECK(script.does("producer1", 2));
}
