// Settings: flags, environment, file, defaults.

#include <breakerd/http/daemon/config.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;
using Catch::Matchers::ContainsSubstring;

namespace {

std::variant<Config, Exit> read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "breakerd");
  return read_config(static_cast<int>(arguments.size()), arguments.data());
}

Config good(std::vector<const char*> arguments) {
  auto result = read(std::move(arguments));
  if (const auto* exit = std::get_if<Exit>(&result)) FAIL(exit->text);
  return std::get<Config>(result);
}

void bad(std::vector<const char*> arguments, const std::string& text) {
  const auto result = read(std::move(arguments));
  REQUIRE(std::holds_alternative<Exit>(result));
  CHECK(std::get<Exit>(result).code == 2);
  CHECK_THAT(std::get<Exit>(result).text, ContainsSubstring(text));
}

/// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// A file with settings.
class File {
 public:
  explicit File(const std::string& text)
      : path_{std::filesystem::temp_directory_path() / ("breakerd-config-" + std::to_string(getpid()) + ".toml")} {
    std::ofstream{path_} << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("defaults") {
  const Config config = good({"--data-dir", "/x"});
  CHECK(config.data_dir == "/x");
  CHECK(config.server.bind == "127.0.0.1");
  CHECK(config.server.port == 8080);
  CHECK(config.server.services.empty());
  CHECK(config.head == HeadMode::async);
  CHECK(config.cpu_scheduling == CpuScheduling::batch);
  CHECK(config.in_flight == InFlight::stop);
  CHECK(config.server.limits.connections_max == 1'024);
}

TEST_CASE("flags") {
  const Config config = good({"--data-dir", "/x", "--bind", "::1", "--port", "0", "--services", "Apollo,zeus",
                              "--head=sync", "--body-bytes-max", "2048", "--idle-timeout-ms=1500", "--log-level",
                              "debug", "--cpu-scheduling", "Inherit"});
  CHECK(config.server.bind == "::1");
  CHECK(config.server.port == 0);
  CHECK(config.server.services == std::vector<std::string>{"apollo", "zeus"});
  CHECK(config.head == HeadMode::sync);
  CHECK(config.cpu_scheduling == CpuScheduling::inherit);
  CHECK(config.server.limits.body_bytes_max == 2'048);
  CHECK(config.server.limits.idle_timeout == std::chrono::milliseconds{1'500});
  CHECK(config.log_level == "debug");
}

TEST_CASE("flags win over the environment, that over the file, that over defaults") {
  const File file{
      "data-dir = \"/file\"\nport = 1001\nbind = \"10.0.0.1\"\nconnections_max = 7\nservices = [\"a\", \"b\"]\n"};
  const Variable port{"BREAKERD_PORT", "1002"};
  const Variable bind{"BREAKERD_BIND", "10.0.0.2"};
  const Config config = good({"--config", file.path(), "--bind", "10.0.0.3"});
  CHECK(config.data_dir == "/file");
  CHECK(config.server.port == 1002);
  CHECK(config.server.bind == "10.0.0.3");
  CHECK(config.server.limits.connections_max == 7);
  CHECK(config.server.services == std::vector<std::string>{"a", "b"});
}

TEST_CASE("the file may be named by the environment") {
  const File file{"data-dir = \"/file\"\nhead = \"sync\"\nheader-timeout-ms = 200\n"};
  const Variable config_file{"BREAKERD_CONFIG", file.path()};
  const Config config = good({});
  CHECK(config.data_dir == "/file");
  CHECK(config.head == HeadMode::sync);
  CHECK(config.server.limits.header_timeout == std::chrono::milliseconds{200});
}

TEST_CASE("what becomes of runs in flight can be said by flag, environment and file") {
  CHECK(good({"--data-dir", "/x", "--in-flight", "finish"}).in_flight == InFlight::finish);
  const File file{"data-dir = \"/x\"\nin_flight = \"finish\"\n"};
  CHECK(good({"--config", file.path()}).in_flight == InFlight::finish);
  const Variable in_flight{"BREAKERD_IN_FLIGHT", "finish"};
  CHECK(good({"--data-dir", "/x"}).in_flight == InFlight::finish);
  CHECK(good({"--data-dir", "/x", "--in-flight=stop"}).in_flight == InFlight::stop);
}

TEST_CASE("mistakes are said and end the start") {
  bad({}, "--data-dir");
  bad({"--data-dir", "/x", "--port", "70000"}, "--port");
  bad({"--data-dir", "/x", "--port", "http"}, "--port");
  bad({"--data-dir", "/x", "--services", "a b"}, "a b");
  bad({"--data-dir", "/x", "--head", "maybe"}, "--head: maybe not in {async,sync}");
  bad({"--data-dir", "/x", "--head", "0"}, "--head: 0 not in {async,sync}");
  bad({"--data-dir", "/x", "--cpu-scheduling", "fifo"}, "--cpu-scheduling: fifo not in {batch,inherit}");
  bad({"--data-dir", "/x", "--in-flight", "kill"}, "--in-flight: kill not in {finish,stop}");
  bad({"--data-dir", "/x", "--connections-max", "0"}, "--connections-max");
  bad({"--data-dir", "/x", "--log-level", "loud"}, "--log-level");
  bad({"--data-dir", "/x", "--nonsense"}, "--nonsense");
  bad({"--config", "/nowhere/at/all.toml"}, "/nowhere/at/all.toml");
  const File unknown{"data-dir = \"/x\"\nprot = 1\n"};
  bad({"--config", unknown.path()}, "prot");
}

TEST_CASE("a wrong value in the file is said with the file's name") {
  const File file{"data-dir = \"/x\"\nport = 70000\n"};
  bad({"--config", file.path()}, file.path());
}

TEST_CASE("what is not TOML is refused with file and line") {
  for (const char* text :
       {"data-dir = \"/x\"\nport 8080\n", "data-dir = \"/x\"\nport = \n", "data-dir = \"/x\"\nport = 80 80\n",
        "data-dir = \"/x\"\nbind = \"127.0.0.1\n", "data-dir = \"/x\"\ndata-dir = \"/y\"\n",
        "data-dir = \"/x\"\nbind = localhost\n", "data-dir = \"/x\"\n}{\n"}) {
    INFO(text);
    const File file{text};
    bad({"--config", file.path()}, std::string{file.path()} + ":2: this is not TOML: ");
  }
}

TEST_CASE("the first word of a setting may be a table of the file") {
  const File file{"data-dir = \"/x\"\n[storage]\nstall_ms = 1234\n[connections]\nmax = 7\n"};
  const Config config = good({"--config", file.path()});
  CHECK(config.storage_stall == std::chrono::milliseconds{1'234});
  CHECK(config.server.limits.connections_max == 7);
}

TEST_CASE("a wrong value, an unknown table and an unknown setting are refused with file and line") {
  const File value{"data-dir = \"/x\"\n\nport = 70000\n"};
  bad({"--config", value.path()}, std::string{value.path()} + ":3: --port");
  const File table{"data-dir = \"/x\"\n[limits]\nport = 8080\n"};
  bad({"--config", table.path()}, std::string{table.path()} + ":3: there is no setting 'limits.port'");
  const File time{"data-dir = \"/x\"\nport = 2026-11-28\n"};
  bad({"--config", time.path()}, std::string{time.path()} + ":2: 'port' is a time");
  const File unknown{"# settings\ndata-dir = \"/x\"\nprot = 1\n"};
  bad({"--config", unknown.path()}, std::string{unknown.path()} + ":3: there is no setting 'prot'");
}

TEST_CASE("an empty file of settings has none") {
  const File file{""};
  CHECK(good({"--config", file.path(), "--data-dir", "/x"}).data_dir == "/x");
}

TEST_CASE("the Unix socket is in the data directory unless it is named or switched off") {
  CHECK(good({"--data-dir", "/x"}).socket == "/x/breakerd.sock");
  CHECK(good({"--data-dir", "/x", "--socket", "/run/b.sock"}).socket == "/run/b.sock");
  CHECK(good({"--data-dir", "/x", "--socket", ""}).socket.empty());
  const File none{"data-dir = \"/x\"\nsocket = \"\"\n"};
  CHECK(good({"--config", none.path()}).socket.empty());
  const File named{"data-dir = \"/x\"\nsocket = \"/run/file.sock\"\n"};
  CHECK(good({"--config", named.path()}).socket == "/run/file.sock");
  {
    const Variable empty{"BREAKERD_SOCKET", ""};
    CHECK(good({"--config", named.path()}).socket.empty());
    CHECK(good({"--data-dir", "/x", "--socket", "/run/b.sock"}).socket == "/run/b.sock");
  }
  const Variable variable{"BREAKERD_SOCKET", "/run/env.sock"};
  CHECK(good({"--config", named.path()}).socket == "/run/env.sock");
}

TEST_CASE("--version and --help are no mistakes") {
  for (const char* flag : {"--version", "--help"}) {
    const auto result = read({flag});
    REQUIRE(std::holds_alternative<Exit>(result));
    CHECK(std::get<Exit>(result).code == 0);
    CHECK_THAT(std::get<Exit>(result).text, ContainsSubstring("breakerd"));
  }
}
