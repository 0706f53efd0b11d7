// What a crash leaves of files, by the rules of crashed_disk.hpp.

#include "tests/storage/crash_points/crashed_disk.hpp"

#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace breakerd;
using namespace breakerd::crash;
using Kind = FileOperation::Kind;

namespace {

FileOperation of_name(Kind kind, std::string path, std::string target = {}) {
  FileOperation operation;
  operation.kind = kind;
  operation.path = std::move(path);
  operation.target = std::move(target);
  return operation;
}

/// A disk with words for what is done to it.
class Disk : public CrashedDisk {
 public:
  Disk& make_directory(const std::string& path) { return done(of_name(Kind::make_directory, path)); }
  Disk& create(const std::string& path, FileId file) {
    FileOperation operation = of_name(Kind::create, path);
    operation.file = file;
    return done(operation);
  }
  Disk& write(FileId file, std::uint64_t offset, std::string bytes) {
    FileOperation operation = of_name(Kind::write, {});
    operation.file = file;
    operation.offset = offset;
    operation.bytes = std::move(bytes);
    return done(operation);
  }
  Disk& resize(FileId file, std::uint64_t size) {
    FileOperation operation = of_name(Kind::resize, {});
    operation.file = file;
    operation.offset = size;
    return done(operation);
  }
  Disk& sync(FileId file) {
    FileOperation operation = of_name(Kind::sync, {});
    operation.file = file;
    return done(operation);
  }
  Disk& rename(const std::string& from, const std::string& to) { return done(of_name(Kind::rename, from, to)); }
  Disk& remove(const std::string& path) { return done(of_name(Kind::remove, path)); }
  Disk& sync_directory(const std::string& path) { return done(of_name(Kind::sync_directory, path)); }

  [[nodiscard]] FileTree left(Bytes bytes, Names names, std::uint64_t seed = 1) const {
    std::mt19937_64 random{seed};
    return left_by({bytes, names}, random);
  }

 private:
  Disk& done(const FileOperation& operation) { return apply(operation), *this; }
};

SparseFile bytes(const std::string& text) {
  SparseFile file;
  file.write(0, text);
  return file;
}

std::set<std::string> names(const FileTree& tree) {
  std::set<std::string> all;
  for (const auto& [path, file] : tree.names) all.insert(path);
  return all;
}

/// A file that is durable with "old".
Disk with_a_file() {
  Disk disk;
  disk.create("a", 0).write(0, 0, "old").sync(0).sync_directory("");
  return disk;
}

}  // namespace

TEST_CASE("what is synced is there whatever is lost") {
  const Disk disk = with_a_file();
  CHECK(disk.losses().size() == 1);
  CHECK(disk.left(Bytes::lost, Names::undone).names.at("a") == bytes("old"));
}

TEST_CASE("bytes that were not synced are lost, or kept") {
  Disk disk = with_a_file();
  disk.write(0, 1, "xyz");
  CHECK(disk.losses().size() == 4);
  CHECK(disk.left(Bytes::lost, Names::kept).names.at("a") == bytes("old"));
  CHECK(disk.left(Bytes::kept, Names::kept).names.at("a") == bytes("oxyz"));
  disk.sync(0);
  CHECK(disk.left(Bytes::lost, Names::kept).names.at("a") == bytes("oxyz"));
}

TEST_CASE("a size that was not synced is that of before") {
  Disk disk = with_a_file();
  disk.resize(0, 1);
  CHECK(disk.left(Bytes::lost, Names::kept).names.at("a") == bytes("old"));
  CHECK(disk.left(Bytes::kept, Names::kept).names.at("a") == bytes("o"));
}

TEST_CASE("of a torn write at the end of a file a beginning is there, and the writes before it whole") {
  Disk disk = with_a_file();
  disk.write(0, 3, "1234").write(0, 7, "56789");
  const std::string whole = "old123456789";
  std::set<std::uint64_t> sizes;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const FileTree left = disk.left(Bytes::torn, Names::kept, seed);
    const auto& file = left.names.at("a");
    sizes.insert(file->size());
    CHECK(*file == bytes(whole.substr(0, file->size())));
  }
  CHECK(sizes == std::set<std::uint64_t>{7, 8, 9, 10, 11});
}

TEST_CASE("of a torn write over what was there some sectors are new and at least one is old") {
  constexpr std::size_t sector = 512;
  Disk disk;
  disk.create("a", 0).write(0, 0, std::string(4 * sector, 'o')).sync(0).sync_directory("");
  disk.write(0, sector / 2, std::string(3 * sector, 'n'));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SparseFile left = *disk.left(Bytes::torn, Names::kept, seed).names.at("a");
    std::string which;
    // The write touches four sectors; find which of them are there.
    for (unsigned mask = 0; mask < 16 && which.empty(); ++mask) {
      std::string guess(4 * sector, 'o');
      for (std::size_t i = sector / 2; i < sector / 2 + 3 * sector; ++i)
        if ((mask >> (i / sector) & 1U) != 0) guess[i] = 'n';
      if (left == bytes(guess)) which = std::to_string(mask);
    }
    REQUIRE_FALSE(which.empty());
    seen.insert(which);
  }
  CHECK_FALSE(seen.contains("15"));
  CHECK(seen.size() == 15);
}

TEST_CASE("names that were not synced are undone, or kept") {
  Disk disk = with_a_file();
  disk.create("b", 1).write(1, 0, "new").sync(1).rename("b", "a").create("c", 2);
  CHECK(names(disk.left(Bytes::kept, Names::undone)) == std::set<std::string>{"a"});
  CHECK(disk.left(Bytes::kept, Names::undone).names.at("a") == bytes("old"));
  CHECK(names(disk.left(Bytes::lost, Names::kept)) == std::set<std::string>{"a", "c"});
  CHECK(disk.left(Bytes::lost, Names::kept).names.at("a") == bytes("new"));
  disk.sync_directory("");
  CHECK(names(disk.left(Bytes::lost, Names::undone)) == std::set<std::string>{"a", "c"});
}

TEST_CASE("a removal that was not synced is undone with the bytes") {
  Disk disk = with_a_file();
  disk.remove("a");
  CHECK(disk.left(Bytes::lost, Names::undone).names.at("a") == bytes("old"));
  CHECK(disk.left(Bytes::lost, Names::kept).names.empty());
}

TEST_CASE("the sync of a file does not keep its name, and that of a directory only the names in it") {
  Disk disk;
  disk.make_directory("d").create("d/a", 0).write(0, 0, "x").sync(0);
  CHECK(disk.left(Bytes::kept, Names::undone).names.empty());
  disk.sync_directory("d");
  CHECK(disk.left(Bytes::kept, Names::undone).names.empty());
  disk.sync_directory("");
  CHECK(names(disk.left(Bytes::lost, Names::undone)) == std::set<std::string>{"d", "d/a"});
}

TEST_CASE("drawn losses keep the first few names of a directory") {
  Disk disk;
  disk.create("a", 0).create("b", 1).create("c", 2);
  std::set<std::set<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) seen.insert(names(disk.left(Bytes::drawn, Names::drawn, seed)));
  CHECK(seen == std::set<std::set<std::string>>{{}, {"a"}, {"a", "b"}, {"a", "b", "c"}});
}

TEST_CASE("a tree is saved and read back as it is") {
  FileTree tree;
  tree.names["d"] = std::nullopt;
  SparseFile large = bytes("begin");
  large.write_zeros(5, 1 << 20);
  large.write((1 << 20) - 3, "end");
  tree.names["d/large"] = large;
  tree.names["d/empty"] = SparseFile{};
  tree.names["small"] = bytes("x");
  const test::TempDir dir;
  tree.save(dir.path());
  CHECK(std::filesystem::file_size(dir.path() / "d" / "large") == (1 << 20) + 5);
  CHECK(FileTree::load(dir.path()) == tree);
}
