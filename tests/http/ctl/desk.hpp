#pragma once
// Whole runs of breakerctl in this process, against a scripted peer.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <breakerd/http/ctl/commands/commands.hpp>
#include "tests/http/ctl/scripted_peer.hpp"
#include "tests/support/catch.hpp"

namespace breakerd::ctl::test {

/// A variable of the environment for as long as this lives; unset afterwards. The peer's threads read no environment.
struct Variable {
  std::string name;
  Variable(std::string which, const std::string& value) : name{std::move(which)} {
    ::setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }
  ~Variable() { ::unsetenv(name.c_str()); }  // NOLINT(concurrency-mt-unsafe)
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
};

struct Run {
  int code = 0;
  std::string out;
  std::string err;
};

inline Run breakerctl(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in{input};
  std::ostringstream out, err;
  Run done;
  done.code = run(arguments, Streams{in, out, err, false, false});
  done.out = out.str();
  done.err = err.str();
  return done;
}

/// The same where standard output is a terminal that takes colour.
inline Run at_terminal(const std::vector<std::string>& arguments, TimeAndChance time_and_chance = {}) {
  const Variable kind{"TERM", "xterm"};
  std::istringstream in;
  std::ostringstream out, err;
  Run done;
  done.code = run(arguments, Streams{in, out, err, true, true}, time_and_chance);
  done.out = out.str();
  done.err = err.str();
  return done;
}

/// The same without colour, where a person is at the terminal and answers with `input`.
inline Run with_person(const std::vector<std::string>& arguments, const std::string& input) {
  const Variable kind{"TERM", "dumb"};
  std::istringstream in{input};
  std::ostringstream out, err;
  Run done;
  Streams streams{in, out, err, true, true};
  streams.in_is_terminal = true;
  done.code = run(arguments, streams);
  done.out = out.str();
  done.err = err.str();
  return done;
}

/// A peer that answers everything alike, and breakerctl talking to it.
struct Desk {
  ScriptedPeer peer;

  explicit Desk(PeerAnswer answer) : peer{[answer](const PeerRequest&) { return answer; }} {}
  explicit Desk(ScriptedPeer::Script script) : peer{std::move(script)} {}

  Run operator()(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), {"--address", peer.url()});
    return breakerctl(arguments, input);
  }
  PeerRequest last() {
    const auto all = peer.seen();
    REQUIRE_FALSE(all.empty());
    return all.back();
  }
};

struct TempDir {
  std::string path;
  TempDir() {
    char folder[] = "/tmp/breakerd-cli-XXXXXX";
    path = ::mkdtemp(folder);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
};

struct TempFile {
  std::string path;
  TempFile(const std::string& ending, const std::string& text) {
    char folder[] = "/tmp/breakerd-cli-XXXXXX";
    path = std::string{::mkdtemp(folder)} + "/rows" + ending;
    std::ofstream{path, std::ios::binary} << text;
  }
  ~TempFile() { std::filesystem::remove_all(std::filesystem::path{path}.parent_path()); }
};

}  // namespace breakerd::ctl::test
