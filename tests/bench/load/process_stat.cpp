#include "process_stat.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace breakerd::load {
namespace {

constexpr double kib_per_mib = 1024.0;

struct Stat {
  pid_t parent = 0;
  double cpu_seconds = 0;
};

std::optional<Stat> read_stat(const std::filesystem::path& directory) {
  std::ifstream file(directory / "stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  Stat stat;
  rest >> skipped >> stat.parent;
  for (int field = 5; field <= 13; ++field) rest >> skipped;  // up to majflt of the children
  double ticks = 0;
  for (int field = 14; field <= 17; ++field) {  // utime, stime, cutime, cstime
    double value = 0;
    rest >> value;
    ticks += value;
  }
  stat.cpu_seconds = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return stat;
}

std::map<pid_t, Stat> all_processes() {
  std::map<pid_t, Stat> processes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    if (const auto stat = read_stat(entry.path())) processes.emplace(pid, *stat);
  }
  return processes;
}

bool descends_from(const std::map<pid_t, Stat>& processes, pid_t pid, pid_t root) {
  while (pid > 1 && pid != root) {
    const auto found = processes.find(pid);
    if (found == processes.end()) return false;
    pid = found->second.parent;
  }
  return pid == root;
}

void add_memory(pid_t pid, ProcessUse& use) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (file >> word) {
    double kib = 0;
    if (word == "Rss:" && file >> kib) use.rss_mib += kib / kib_per_mib;
    if (word == "Pss:" && file >> kib) use.pss_mib += kib / kib_per_mib;
  }
}

}  // namespace

ProcessUse process_use(pid_t root) {
  ProcessUse use;
  if (root <= 0) return use;
  const auto processes = all_processes();
  for (const auto& [pid, stat] : processes) {
    if (!descends_from(processes, pid, root)) continue;
    use.cpu_seconds += stat.cpu_seconds;
    add_memory(pid, use);
  }
  return use;
}

double own_cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace breakerd::load
