// A power cut in the middle of a commit, with a WAL whose blocks were written ahead: of the commit's sectors some are
// there and others are still zero. What was acknowledged before is all there, and damage elsewhere is not taken for it.

#include <memory>
#include <random>

#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include <breakerd/storage/rocks/wal_end.hpp>
#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

constexpr std::size_t sector = 512;

Append big_job(JobId id, std::size_t bytes) {
  return together({JobEnqueued{id, spec({}, "mail", '"' + std::string(bytes, 'p') + '"')}});
}

/// The files of a log as a power cut leaves them: a copy of those of an open one.
class PowerCut {
 public:
  /// Twenty small commits, and then one of `bytes` that HEAD does not know of.
  explicit PowerCut(std::size_t bytes) {
    DiskLog running;
    running.open();
    running.enqueue(20);
    running.close();
    running.open();
    running.enqueue(20);
    before_ = wal_bytes(running);
    const std::string head = DiskLog::read(running.head_file());
    must(try_append(*running.log, big_job(41, bytes)));
    last_seq = running.last_seq();
    after_ = wal_bytes(running);
    end_ = sound_end(after_, true);
    begin_ = sound_end(before_, true);
    while (must(read_head(running.directory()))->position.seq != last_seq) {  // it trails by 10 ms at most
    }
    head_after_ = DiskLog::read(running.head_file());
    running.copy_to(disk.directory());
    DiskLog::write(disk.head_file(), head);
  }

  [[nodiscard]] const std::string& whole() const { return after_; }
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return end_; }

  void leave(const std::string& wal) const { DiskLog::write(disk.wal(), wal); }
  void acknowledge() const { DiskLog::write(disk.head_file(), head_after_); }

  /// The WAL without what the sector at `at` got from the last commit.
  [[nodiscard]] std::string without_sector(std::string wal, std::size_t at) const {
    for (std::size_t i = std::max(at, begin_); i < std::min(at + sector, end_); ++i) wal[i] = before_[i];
    return wal;
  }

  DiskLog disk;
  Seq last_seq = 0;

 private:
  static std::string wal_bytes(const DiskLog& log) { return DiskLog::read(log.wal()); }

  std::string before_;
  std::string after_;
  std::string head_after_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

TEST_CASE("a WAL is made ahead, and what is behind its last record are zeros") {
  DiskLog disk;
  disk.open();
  disk.enqueue(3);
  const std::string wal = DiskLog::read(disk.wal());
  CHECK(wal.size() >= 1 << 20);
  CHECK(wal.find_last_not_of('\0') < 4'096);
  CHECK(sound_end(wal, true) == disk.wal_records().back());
  disk.close();
  CHECK_FALSE(std::filesystem::exists(disk.directory() / "log" / "next-wal"));
}

TEST_CASE("a copy of a running log's files opens with all that was acknowledged") {
  PowerCut cut{GENERATE(100U, 100'000U)};
  CHECK(sound_end(cut.whole(), true) == cut.end());
  cut.acknowledge();
  CHECK(cut.disk.open().head().seq == cut.last_seq);
  require_chain(*cut.disk.log);
}

TEST_CASE("a commit of which a sector was not written is not there; everything before it is") {
  PowerCut cut{GENERATE(1'500U, 40'000U, 100'000U)};
  const std::size_t first = cut.begin() / sector * sector;
  const std::size_t lost = GENERATE(0U, 1U, 2U, 3U, 70U) * sector + first;
  if (lost >= cut.end()) return;
  cut.leave(cut.without_sector(cut.whole(), lost));
  EventLog& log = cut.disk.open();
  CHECK(log.head().seq == cut.last_seq - 1);
  require_chain(log);
  cut.disk.enqueue(2);
  cut.disk.close();
  CHECK(cut.disk.open().head().seq == cut.last_seq + 1);
}

TEST_CASE("any sectors of a commit may be missing") {
  PowerCut cut{60'000};
  std::mt19937 random{20'261'125};
  for (int round = 0; round < 40; ++round) {
    std::string wal = cut.whole();
    std::size_t missing = 0;
    const auto of = 1 + random() % 100;
    for (std::size_t at = cut.begin() / sector * sector; at < cut.end(); at += sector)
      if (random() % of == 0) wal = cut.without_sector(std::move(wal), at), ++missing;
    INFO("round " << round << ", " << missing << " sectors are missing");
    const std::size_t end = sound_end(wal, true);
    CHECK(end == (missing == 0 ? cut.end() : cut.begin()));
  }
}

TEST_CASE("a torn commit that HEAD knows of is refused: it was acknowledged") {
  PowerCut cut{40'000};
  cut.leave(cut.without_sector(cut.whole(), cut.begin() / sector * sector + 3 * sector));
  cut.acknowledge();
  CHECK(cut.disk.refused().find("accept-loss") != std::string::npos);
}

TEST_CASE("sectors lost before the last commit are damage, and not the end") {
  PowerCut cut{40'000};
  std::string wal = cut.whole();
  const std::size_t lost = GENERATE(0U, 1U, 2U) * sector;
  REQUIRE(lost < cut.begin());
  std::fill_n(wal.begin() + static_cast<std::ptrdiff_t>(lost), std::min(sector, cut.begin() - lost), '\0');
  CHECK(sound_end(wal, true) == wal.size());
  cut.leave(wal);
  CHECK(cut.disk.refused().find("accept-loss") != std::string::npos);
}

namespace {

/// Where the flipped bit is damage for certain: the last bytes of a commit may be zeros, so they are not all that is in
/// its last sector; and a length that is 16 bytes too great does not reach into the next one.
std::unique_ptr<PowerCut> cut_within_a_sector(std::size_t bytes) {
  for (;; bytes += 40) {
    auto cut = std::make_unique<PowerCut>(bytes);
    if (cut->end() % sector >= 64 && cut->end() % sector < sector - 16) return cut;
  }
}

}  // namespace

TEST_CASE("a flipped bit in the last commit is damage, and not a torn write") {
  const auto made = cut_within_a_sector(GENERATE(300U, 40'000U));
  PowerCut& cut = *made;
  std::string wal = cut.whole();
  const std::size_t place = cut.begin() + GENERATE(0U, 4U, 6U, 200U);
  INFO("place " << place - cut.begin() << ", " << cut.end() - cut.begin() << " bytes from " << cut.begin());
  wal[place] = static_cast<char>(wal[place] ^ 0x10);
  cut.leave(wal);
  CHECK(cut.disk.refused().find("accept-loss") != std::string::npos);
}

TEST_CASE("a torn commit is one only in the last WAL that has anything in it") {
  PowerCut cut{40'000};
  const std::string torn = cut.without_sector(cut.whole(), cut.begin() / sector * sector + 3 * sector);
  CHECK(sound_end(torn, false) == torn.size());
  CHECK(sound_end(cut.whole(), false) == cut.end());
  cut.leave(torn);
  const std::filesystem::path newer = cut.disk.wal().parent_path() / "999999.log";
  SECTION("a newer one of zeros, as a start that was killed leaves it") {
    DiskLog::write(newer, std::string(100'000, '\0'));
    CHECK(cut.disk.open().head().seq == cut.last_seq - 1);
  }
  SECTION("a newer one with commits") {
    DiskLog::write(newer, cut.whole());
    CHECK(cut.disk.refused().find("accept-loss") != std::string::npos);
  }
}

TEST_CASE("a WAL of zeros is an empty one, and bytes that are no WAL are left to RocksDB") {
  CHECK(sound_end({}, true) == 0);
  CHECK(sound_end(std::string(100'000, '\0'), true) == 0);
  const std::string noise(5'000, 'x');
  CHECK(sound_end(noise, true) == noise.size());
}
