#include "options.hpp"

#include <CLI/CLI.hpp>
#include <map>

namespace breakerd::load {
namespace {

const std::map<std::string, Mode> modes{
    {"enqueue", Mode::enqueue}, {"batch", Mode::batch},   {"cycle", Mode::cycle},         {"drain", Mode::drain},
    {"allow", Mode::allow},     {"status", Mode::status}, {"campaigns", Mode::campaigns}, {"operate", Mode::operate},
    {"race", Mode::race},       {"ready", Mode::ready},   {"stat", Mode::stat},           {"disk", Mode::disk},
    {"ceiling", Mode::ceiling}};

const std::map<std::string, ProtocolKind> protocols{{"http", ProtocolKind::http},
                                                    {"resp", ProtocolKind::resp},
                                                    {"beanstalk", ProtocolKind::beanstalk},
                                                    {"postgres", ProtocolKind::postgres},
                                                    {"amqp", ProtocolKind::amqp}};

template <class Value>
std::string key_of(const std::map<std::string, Value>& names, Value wanted) {
  for (const auto& [key, value] : names) {
    if (value == wanted) return key;
  }
  return "?";
}

constexpr const char* description =
    "Loads a job server on 127.0.0.1 and prints one JSON line.\n"
    "  enqueue    one job a request           batch      --batch jobs a request\n"
    "  cycle      enqueue, lease, complete    drain      lease --max, complete them, until empty\n"
    "  allow      ask the gate                status     ask for the status\n"
    "  campaigns  create, start, fill         operate    status, open, close, resume, repeated\n"
    "  race       leases against openings     ready      wait for the first good answer\n"
    "  stat       a process's CPU and memory  disk       append and fdatasync in --probe-dir\n"
    "  ceiling    the generator's own limit against a fixed answer\n"
    "Exit: 0 all answers as expected; 1 not; 2 could not run.";

void add_shape(CLI::App& app, RequestShape& shape) {
  app.add_option("--batch", shape.batch_jobs, "jobs of one batch request")
      ->check(CLI::Range(std::size_t{1}, Options::batch_jobs_max));
  app.add_flag("--ndjson", shape.batch_as_ndjson, "batches as NDJSON, not a JSON array");
  app.add_option("--max", shape.lease_jobs_max, "jobs asked for by one lease")->check(CLI::Range(1, 10'000));
  app.add_option("--campaign", shape.campaign_id, "campaign of the enqueued jobs");
}

void add_completes(CLI::App& app, DrainScript::Completes& completes) {
  using Completes = DrainScript::Completes;
  const auto chosen = [&](Completes how) { return [&completes, how](std::int64_t) { completes = how; }; };
  app.add_flag_function("--pipelined", chosen(Completes::pipelined), "drain: all completes of a lease at once")
      ->excludes(app.add_flag_function("--batch-complete", chosen(Completes::in_one_call),
                                       "drain: all completes of a lease in one call"))
      ->excludes(app.add_flag_function("--rounds", chosen(Completes::with_next_lease),
                                       "drain: all completes of a lease in the call for the next one"));
}

void add_run(CLI::App& app, Options& options) {
  app.add_option("--port", options.port, "the server's port");
  app.add_option("--connections", options.connections, "connections, each a closed loop")
      ->check(CLI::Range(std::size_t{1}, Options::connections_max));
  app.add_option("--background", options.background, "more connections running full cycles")
      ->check(CLI::Range(std::size_t{0}, Options::connections_max));
  app.add_option("--seconds", options.seconds, "at most so long")->check(CLI::Range(0.01, Options::seconds_max));
  app.add_option("--count", options.count, "at most so many operations (a batch: its jobs)");
  app.add_option("--rate", options.rate, "open loop: operations started per second");
  add_completes(app, options.completes);
  app.add_option("--jobs-each", options.jobs_each, "campaigns: jobs enqueued into each");
  app.add_option("--tries", options.tries, "race, disk: how often");
  app.add_option("--seed", options.seed, "race: seed of the moments of opening");
  app.add_option("--server-pid", options.server_pid, "process whose CPU and memory is reported");
  app.add_option("--probe-dir", options.probe_directory,
                 "operate, disk: append and fdatasync here (beside each opening)");
  app.add_option("--since", options.since_ns, "ready: count from this wall time (ns since 1970)");
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  Options options;
  CLI::App app(description);
  app.add_option("mode", options.mode, "what to do")->required()->transform(CLI::Transformer(modes, CLI::ignore_case));
  app.add_option("--protocol", options.protocol, "http, resp (Redis), beanstalk, postgres or amqp (RabbitMQ)")
      ->transform(CLI::Transformer(protocols, CLI::ignore_case));
  app.add_option("--label", options.label, "copied into the output");
  add_run(app, options);
  add_shape(app, options.shape);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error) == 0 ? 0 : 2};
  }
  return {options, 0};
}

std::string name(Mode mode) { return key_of(modes, mode); }
std::string name(ProtocolKind kind) { return key_of(protocols, kind); }

}  // namespace breakerd::load
