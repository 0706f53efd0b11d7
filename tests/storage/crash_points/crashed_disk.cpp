#include "tests/storage/crash_points/crashed_disk.hpp"

#include <algorithm>
#include <stdexcept>

namespace breakerd::crash {
namespace {

namespace fs = std::filesystem;
using Kind = FileOperation::Kind;

constexpr std::uint64_t sector_bytes = 512;  // what a disk writes as a whole

std::string parent_of(const std::string& path) { return fs::path{path}.parent_path().string(); }

std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) { return random() % bound; }

void write(SparseFile& file, const FileOperation& operation) {
  if (operation.kind == Kind::resize)
    file.resize(operation.offset);
  else if (operation.zeros > 0)
    file.write_zeros(operation.offset, operation.zeros);
  else
    file.write(operation.offset, operation.bytes);
}

/// Some of a write: at least one of its sectors over what was there, or one byte behind that, is missing.
void write_torn(SparseFile& file, const FileOperation& operation, std::mt19937_64& random) {
  if (operation.kind == Kind::resize) return;
  const std::string bytes = operation.zeros > 0 ? std::string(operation.zeros, '\0') : operation.bytes;
  const std::uint64_t end = operation.offset + bytes.size();
  const std::uint64_t old_size = file.size();
  const auto put = [&](std::uint64_t from, std::uint64_t to) {
    file.write(from, std::string_view{bytes}.substr(from - operation.offset, to - from));
  };
  const std::uint64_t over_end = std::min(end, old_size);
  const bool grows = end > old_size;
  const std::uint64_t sectors =
      operation.offset < over_end ? (over_end - 1) / sector_bytes - operation.offset / sector_bytes + 1 : 0;
  const std::uint64_t missing = grows || sectors == 0 ? sectors : below(random, sectors);  // one that surely is
  const std::uint64_t of = 1 + below(random, 4);
  for (std::uint64_t i = 0; i < sectors; ++i) {
    if (i == missing || below(random, of + 1) == 0) continue;
    const std::uint64_t begin = (operation.offset / sector_bytes + i) * sector_bytes;
    put(std::max(begin, operation.offset), std::min(begin + sector_bytes, over_end));
  }
  if (!grows) return;
  const std::uint64_t begin = std::max(operation.offset, old_size);
  const std::uint64_t count = below(random, end - begin);
  if (count > 0) put(begin, begin + count);
}

}  // namespace

void FileTree::save(const fs::path& root) const {
  for (const auto& [path, file] : names) {
    if (file)
      file->save(root / path);
    else
      fs::create_directory(root / path);
  }
}

FileTree FileTree::load(const fs::path& root) {
  FileTree tree;
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    auto& name = tree.names[fs::relative(entry.path(), root).string()];
    if (!entry.is_directory()) name = SparseFile::load(entry.path());
  }
  return tree;
}

std::string to_string(const Loss& loss) {
  static constexpr const char* bytes[] = {"unsynced bytes lost", "unsynced bytes kept", "last write of each file torn",
                                          "bytes drawn"};
  static constexpr const char* names[] = {"unsynced names undone", "unsynced names kept", "names drawn"};
  return std::string{bytes[static_cast<int>(loss.bytes)]} + ", " + names[static_cast<int>(loss.names)];
}

CrashedDisk::CrashedDisk(const FileTree& begin) {
  for (const auto& [path, file] : begin.names) {
    if (file) files_.push_back({*file, {}, path});
    durable_names_[path] = file ? Name{files_.size() - 1} : Name{};
  }
  names_ = durable_names_;
}

void CrashedDisk::apply(const FileOperation& operation) {
  const std::string parent = parent_of(operation.path);
  switch (operation.kind) {
    case Kind::create:
      if (operation.file != files_.size()) throw std::logic_error{"files are created in the order of their ids"};
      files_.push_back({{}, {}, operation.path});
      return change({parent, {}, {{operation.path, operation.file}}});
    case Kind::write:
    case Kind::resize:
      return file(operation.file).unsynced.push_back(operation);
    case Kind::sync: {
      File& synced = file(operation.file);
      for (const FileOperation& unsynced : synced.unsynced) write(synced.durable, unsynced);
      return synced.unsynced.clear();
    }
    case Kind::make_directory:
      return change({parent, {}, {{operation.path, std::nullopt}}});
    case Kind::rename: {
      const Name name = lookup(operation.path);
      if (!name || parent != parent_of(operation.target))
        throw std::logic_error{"only files are renamed, within their directory"};
      file(*name).name = operation.target;
      return change({parent, {operation.path}, {{operation.target, name}}});
    }
    case Kind::link:
      return change({parent_of(operation.target), {}, {{operation.target, lookup(operation.path)}}});
    case Kind::remove:
      (void)lookup(operation.path);
      return change({parent, {operation.path}, {}});
    case Kind::sync_directory:
      return sync_names(operation.path);
    case Kind::sync_all:
      for (FileId id = 0; id < files_.size(); ++id) {
        FileOperation sync;
        sync.kind = Kind::sync;
        sync.file = id;
        apply(sync);
      }
      durable_names_ = names_;
      return unsynced_names_.clear();
    default:
      return;  // no call
  }
}

std::vector<Loss> CrashedDisk::losses() const {
  const bool bytes = std::any_of(files_.begin(), files_.end(), [](const File& f) { return !f.unsynced.empty(); });
  const bool names = !unsynced_names_.empty();
  std::vector<Loss> all;
  for (const Bytes of : {Bytes::kept, Bytes::lost, Bytes::torn}) {
    if (!bytes && of != Bytes::kept) continue;
    all.push_back({of, Names::kept});
    if (names) all.push_back({of, Names::undone});
  }
  if (bytes || names) all.push_back({Bytes::drawn, Names::drawn});
  return all;
}

FileTree CrashedDisk::left_by(const Loss& loss, std::mt19937_64& random) const {
  std::map<std::string, std::uint64_t> left;  // of each directory: how many changes survive
  if (loss.names == Names::drawn) {
    for (const NameChange& change : unsynced_names_) ++left[change.directory];
    for (auto& [directory, count] : left) count = below(random, count + 1);
  }
  const NameMap names = names_after([&](const NameChange& change) {
    if (loss.names != Names::drawn) return loss.names == Names::kept;
    std::uint64_t& count = left[change.directory];
    return count > 0 && count-- > 0;
  });
  return tree(names, [&](const File& file) {
    constexpr Bytes forms[] = {Bytes::lost, Bytes::kept, Bytes::torn};
    const Bytes form = loss.bytes == Bytes::drawn ? forms[below(random, 3)] : loss.bytes;
    SparseFile bytes = file.durable;
    if (form == Bytes::lost || file.unsynced.empty()) return bytes;
    for (std::size_t i = 0; i + 1 < file.unsynced.size(); ++i) write(bytes, file.unsynced[i]);
    if (form == Bytes::kept)
      write(bytes, file.unsynced.back());
    else
      write_torn(bytes, file.unsynced.back(), random);
    return bytes;
  });
}

FileTree CrashedDisk::all() const {
  std::mt19937_64 unused{0};
  return left_by({Bytes::kept, Names::kept}, unused);
}

std::string CrashedDisk::name_of(FileId id) const { return files_.at(id).name; }

CrashedDisk::File& CrashedDisk::file(FileId id) {
  if (id >= files_.size()) throw std::logic_error{"there is no such file"};
  return files_[id];
}

void CrashedDisk::change(NameChange change) {
  for (const std::string& path : change.removed) names_.erase(path);
  for (const auto& [path, name] : change.added) names_[path] = name;
  unsynced_names_.push_back(std::move(change));
}

void CrashedDisk::sync_names(const std::string& directory) {
  const auto is_of = [&](const NameChange& change) { return change.directory == directory; };
  durable_names_ = names_after(is_of);
  std::erase_if(unsynced_names_, is_of);
}

CrashedDisk::Name CrashedDisk::lookup(const std::string& path) const {
  const auto at = names_.find(path);
  if (at == names_.end()) throw std::logic_error{"there is no " + path};
  return at->second;
}

CrashedDisk::NameMap CrashedDisk::names_after(const std::function<bool(const NameChange&)>& survives) const {
  NameMap names = durable_names_;
  for (const NameChange& change : unsynced_names_) {
    if (!survives(change)) continue;
    for (const std::string& path : change.removed) names.erase(path);
    for (const auto& [path, name] : change.added) names[path] = name;
  }
  return names;
}

FileTree CrashedDisk::tree(const NameMap& names, const std::function<SparseFile(const File&)>& bytes) const {
  FileTree tree;
  for (const auto& [path, name] : names) {
    const std::string parent = parent_of(path);
    if (!parent.empty() && !tree.names.contains(parent)) continue;  // the directory itself is gone
    tree.names[path] = name ? std::optional{bytes(files_[*name])} : std::nullopt;
  }
  return tree;
}

}  // namespace breakerd::crash
