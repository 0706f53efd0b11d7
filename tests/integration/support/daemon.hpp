#pragma once
// Real processes: the daemon on a data directory of its own, and programs that run to their end.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace breakerd::integration {

/// What a test says when it has failed.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a test says when it cannot be run here.
struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `condition` or a Failure that says `what`.
void require(bool condition, const std::string& what);

/// The value of an environment variable, or `fallback`.
[[nodiscard]] std::string setting(const char* name, const std::string& fallback = {});

/// A new folder under TMPDIR. The destructor removes it, or after keep() says where it is.
class Workshop {
 public:
  explicit Workshop(const std::string& name);
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void keep() { keep_ = true; }

 private:
  std::filesystem::path path_;
  bool keep_ = false;
};

/// The exit code that tells ctest of a Skip (SKIP_RETURN_CODE in ../CMakeLists.txt).
inline constexpr int exit_skipped = 77;

/// A test's main(): runs `work` in a Workshop of that name. Gives the exit code; what failed is said, and its files are
/// kept.
[[nodiscard]] int run_in_workshop(const std::string& name,
                                  const std::function<void(const std::filesystem::path&)>& work);

/// A breakerd ($BREAKERD). Its port is the same in every life, and none that the kernel gives to outgoing connections.
class Daemon {
 public:
  /// Its log goes to `workshop`/daemon.log. `environment`: NAME=VALUE, in addition to our own.
  Daemon(const std::filesystem::path& workshop, std::filesystem::path data, std::vector<std::string> environment = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }

  void start();
  /// Waits until /readyz answers 200; a Failure when the process ends or `limit` passes.
  void wait_ready(std::chrono::milliseconds limit = std::chrono::seconds{20});
  /// How often `text` is in its log, since it was started.
  [[nodiscard]] std::size_t says(const std::string& text) const;
  /// Waits until `text` is there so often; a Failure when the process ends or `limit` passes.
  void wait_says(const std::string& text, std::size_t times = 1,
                 std::chrono::milliseconds limit = std::chrono::seconds{60});
  /// SIGKILL. Failure when it was not alive any more.
  void kill();
  /// SIGTERM; it must end with 0.
  void stop();
  /// Sends `signal` and gives the exit code it ends with; a Failure when it does not end, or by a signal.
  [[nodiscard]] int end_by(int signal);
  /// A Failure when it has ended by itself.
  void check_alive();
  /// The most memory that it has had resident since it was started, in bytes (VmHWM).
  [[nodiscard]] std::uint64_t memory_peak() const;
  /// The last lines of its log, of this life.
  [[nodiscard]] std::string last_words() const;

 private:
  int wait_end(std::chrono::milliseconds limit);
  [[nodiscard]] std::string this_life() const;

  std::filesystem::path log_;
  std::filesystem::path data_;
  std::vector<std::string> environment_;
  std::uint16_t port_;
  std::uintmax_t life_begins_ = 0;  ///< where, in its log
  pid_t process_ = -1;
};

/// Runs `arguments` to the end, at most `limit`. Gives the exit code and what it wrote.
struct Ran {
  int code = -1;
  std::string output;
};
[[nodiscard]] Ran run(const std::vector<std::string>& arguments,
                      std::chrono::seconds limit = std::chrono::seconds{120});

/// `breakerctl verify` on a directory nobody has open; a Failure when it does not pass.
void verify_offline(const std::filesystem::path& data);

}  // namespace breakerd::integration
