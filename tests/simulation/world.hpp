#pragma once
// The simulation of one seed: users, network, disk and the daemon on one thread, in virtual time. First faults happen
// (safety), then they stop and everything must come to its end in a bounded time (liveness), then all that there is is
// looked at, once more after a kill.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/daemon.hpp"
#include "tests/simulation/drawn_faults.hpp"
#include "tests/simulation/drawn_randomness.hpp"
#include "tests/simulation/http_client.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/simulation/script.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/swarm.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/users/crowd.hpp"

namespace breakerd::simulation {

struct WorldOptions {
  Script script;
  std::FILE* lines = nullptr;  ///< the trace, to be read; null: not written
};

struct Verdict {
  std::vector<std::string> broken;  ///< what does not hold, a sentence each
  std::uint64_t trace = 0;
  Moves moves;
  std::map<std::string, std::uint64_t> sometimes;  ///< how often each interesting situation was met
};

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Verdict run();

 private:
  class WatchedWire;

  // what runs
  void start_process();
  void open_log();
  void kill_process();
  void end_process();
  enum class End { killed, stopped, stopped_owing };
  void drop_process(End end, Duration pause);
  void step();
  [[nodiscard]] bool go_on();
  [[nodiscard]] bool turn();
  void advance(Moment most);
  void while_syncing(Duration time);
  [[nodiscard]] std::unique_ptr<ClientEnd> connect(const std::string& principal, bool is_local,
                                                   ClientCallbacks callbacks);

  // what goes wrong
  [[nodiscard]] Swarm draw_swarm();
  void schedule_faults();
  void schedule(Duration every, const std::function<void()>& what);
  void begin_stop(Duration extra);
  [[nodiscard]] Duration drawn_below(Duration bound);
  [[nodiscard]] Duration restart_longest() const;

  // the phases
  void schedule_user(User& user);
  void run_faults();
  void come_to_rest();
  void look_at_living_leases();
  void look_at_everything();
  void drain();
  [[nodiscard]] Response ask(Call call);
  [[nodiscard]] std::optional<Response> try_to_ask(Call call);
  void close_for_good();
  void ask_after_faults(const Call& call);
  void pause_schedules();
  void release_parked();
  [[nodiscard]] std::size_t lease(std::size_t most, Duration time);
  [[nodiscard]] std::size_t lease_and_complete();
  [[nodiscard]] nlohmann::json rollout();
  void stop_rollout();
  void finish_rollout();
  void finish_ramp(const nlohmann::json& shown);
  void work(Wire& wire);
  void enqueue_for_rehearsal();
  void close_with(const nlohmann::json& plan, const std::string& reason);
  [[nodiscard]] nlohmann::json drawn_ramp(std::int64_t over_ms);
  void rehearse_rollout();
  [[nodiscard]] bool leave_ramp();
  void run_until(const std::function<bool()>& done, const std::string& what);
  [[nodiscard]] bool is_ready() const;
  void pass(Duration time);

  // what must hold
  void look_at_gate();
  void look_at_mark();
  void look_at_plans();
  void look_at_rest();
  [[nodiscard]] bool is_durably(CircuitState state) const;
  void look_at_end_of_process();
  void look_at_rows();
  void look_at_log();
  void broken(std::string sentence);
  void heard_from_daemon(const std::string& line);
  void sometimes(const std::string& what) { ++verdict_.sometimes[what]; }
  [[nodiscard]] std::int64_t now_ms() const { return timeline_.now().count() / 1'000; }

  WorldOptions options_;
  Chance chance_;
  Chance faults_;
  Chance turns_;
  Chance pauses_;
  Chance packets_;
  DrawnRandomness randomness_;
  Swarm swarm_;
  Timeline timeline_;
  Trace trace_;
  Network network_;
  DrawnFaults disk_faults_;
  SimulatedDisk disk_;
  std::map<std::string, std::string> principals_;  ///< by user
  Promises promises_;
  Known known_;
  std::vector<std::unique_ptr<User>> users_;
  std::vector<std::unique_ptr<WatchedWire>> wires_;  ///< of the users; end before them
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Daemon> process_;
  std::uint64_t run_ = 0;  ///< of the daemon
  bool faults_stopped_ = false;
  bool kill_asked_ = false;
  bool syncing_ = false;
  bool read_failed_ = false;  ///< in this run of the daemon
  bool ending_ = false;       ///< a process: nothing else happens meanwhile
  bool was_allowed_ = false;
  bool was_marked_ = false;  ///< HEAD, with storage trouble
  Seq marked_at_ = 0;        ///< where HEAD was then
  bool was_ready_ = false;
  std::optional<Moment> held_since_;  ///< since when something beside the circuit shuts the gate
  bool rehearsing_ = false;           ///< a rollout
  std::size_t workers_ = 0;           ///< calls of the rehearsal's workers that are under way
  std::uint64_t calls_ = 0;
  std::size_t under_way_ = 0;
  Verdict verdict_;
};

}  // namespace breakerd::simulation
