// What replay and verify of a data directory take, beside a walk over the same events that does nothing with them:
// prints one JSON line. Usage: offline_bench DIR (of a daemon that is not running)
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t rounds = 3;  // in turn; the median of each is told

struct Walk {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  Seconds took{};
};

std::optional<Walk> walk_with_no_work(const char* directory) {
  const auto begun = std::chrono::steady_clock::now();
  const auto database = breakerd::open_database(directory, breakerd::Access::read_only, {});
  if (!database) return std::nullopt;
  Walk walk;
  const std::unique_ptr<rocksdb::Iterator> at{(*database)->db->NewIterator({}, (*database)->events)};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    walk.events = breakerd::read_big_endian({at->key().data(), at->key().size()});  // the last one's seq, at the end
    walk.bytes += at->key().size() + at->value().size();
  }
  walk.took = std::chrono::steady_clock::now() - begun;
  return at->status().ok() ? std::optional{walk} : std::nullopt;
}

double median(std::array<Seconds, rounds>& times) {
  std::sort(times.begin(), times.end());
  return times[rounds / 2].count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: offline_bench DIR\n");
    return 2;
  }
  std::array<Seconds, rounds> walks{};
  std::array<Seconds, rounds> replays{};
  std::array<Seconds, rounds> verifies{};
  Walk last;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto walk = walk_with_no_work(argv[1]);
    const auto replayed = breakerd::replay(argv[1], {});
    const auto verified = breakerd::verify(argv[1]);
    if (!walk || !replayed || !verified || !verified->ok() || verified->events != walk->events) {
      fmt::print(stderr, "offline_bench: {} cannot be read, or does not verify\n", argv[1]);
      return 1;
    }
    last = *walk;
    walks[i] = walk->took;
    replays[i] = replayed->took;
    verifies[i] = verified->took;
  }
  fmt::print(
      "{{\"mode\":\"offline\",\"events\":{},\"bytes\":{},\"walk_s\":{:.3f},\"replay_s\":{:.3f},\"verify_s\":{:.3f}}}\n",
      last.events, last.bytes, median(walks), median(replays), median(verifies));
  return 0;
}
