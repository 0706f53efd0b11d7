// The bridge between an I/O thread and the core, by itself.

#include <breakerd/actors/core/core.hpp>
#include <breakerd/http/bridge/caf_bridge.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;

TEST_CASE("a bridge that is attached serves, and says that it is ready when it is told that all are attached") {
  boost::asio::io_context io{1};
  http::CafBridge bridge{io, std::make_unique<http::ReaderThreads>()};
  MemoryLog log;
  CoreConfig config;
  caf::actor_system system{config};
  const auto core = must(Core::start(system, log, {}));
  CHECK_FALSE(bridge.health().ready);
  CHECK_FALSE(bridge.gate().allowed);

  bridge.attach(*core);
  CHECK_FALSE(bridge.health().ready);
  CHECK(bridge.gate().allowed);
  bool enqueued = false;
  EnqueueJob command;
  command.spec.job_type = "mail";
  bridge.submit(std::move(command), "test", [&](Outcome&& outcome) { enqueued = outcome.has_value(); });
  const auto work = boost::asio::make_work_guard(io);
  while (!enqueued) io.run_one();

  bridge.announce();
  CHECK(bridge.health().ready);
  bridge.detach();
  CHECK_FALSE(bridge.health().ready);
  CHECK_FALSE(bridge.gate().allowed);
}
