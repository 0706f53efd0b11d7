#pragma once
// What every command is given: where to write, how to reach the daemon, and the words behind "--".

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include <breakerd/http/ctl/client/http_client.hpp>
#include <breakerd/http/ctl/client/time_and_chance.hpp>
#include <breakerd/http/ctl/text/error.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// Where a run of breakerctl reads and writes. Outlives the run.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  /// Whether reading `in` failed where the stream saw an end: std::cin takes an error of the system for one.
  std::function<bool()> in_failed = [] { return false; };
  bool in_is_terminal = false;
};

/// The options that stand before or behind every command.
struct GlobalOptions {
  std::string address;  ///< empty: default_address()
  bool json = false;
  double timeout_s = 10;  ///< for one exchange with the daemon
  double wait_s = 0;      ///< how long to go on trying while the daemon cannot be reached
};

class Context {
 public:
  Context(Streams streams, TimeAndChance time_and_chance, GlobalOptions options, Address where,
          std::vector<std::string> behind)
      : streams_{std::move(streams)},
        time_and_chance_{time_and_chance},
        options_{std::move(options)},
        terminal_{Terminal::of_environment(streams_.out_is_terminal && !options_.json, time_and_chance_.clock->wall())},
        address_{std::move(where)},
        trailing_{std::move(behind)} {}

  [[nodiscard]] std::istream& in() const { return streams_.in; }
  [[nodiscard]] bool in_failed() const { return streams_.in_failed(); }
  [[nodiscard]] std::ostream& out() const { return streams_.out; }
  [[nodiscard]] std::ostream& err() const { return streams_.err; }
  [[nodiscard]] bool err_is_terminal() const { return streams_.err_is_terminal; }
  /// A person is there to be asked: `in` and `out` are terminals, and it is not --json.
  [[nodiscard]] bool asks_a_person() const { return streams_.in_is_terminal && terminal_.is_terminal(); }
  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] const Clock& clock() const { return *time_and_chance_.clock; }
  [[nodiscard]] Randomness& randomness() const { return *time_and_chance_.randomness; }
  /// What `out` is; no terminal with --json.
  [[nodiscard]] const Terminal& terminal() const { return terminal_; }
  [[nodiscard]] const Address& address() const { return address_; }
  /// The words behind "--"; only `work` takes any.
  [[nodiscard]] const std::vector<std::string>& trailing() const { return trailing_; }

  /// How --address, --timeout and --wait say to reach the daemon.
  [[nodiscard]] ClientOptions client_options() const;
  [[nodiscard]] HttpClient client() const { return HttpClient{client_options()}; }

  /// Writes the error (text to err, or a JSON line to err with --json) and gives its exit code.
  [[nodiscard]] int fail(const CliError& error) const;

  /// Writes JSON as one line to out.
  void print_json(std::string_view json) const;

 private:
  Streams streams_;
  TimeAndChance time_and_chance_;
  GlobalOptions options_;
  Terminal terminal_;
  Address address_;
  std::vector<std::string> trailing_;
};

}  // namespace breakerd::ctl
