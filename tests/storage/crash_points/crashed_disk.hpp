#pragma once
// What a crash of the machine leaves of the files, after any call of a sequence of them: by what POSIX promises, and
// nothing more. What was synced is there. What was not may be there, or not, or in part:
//
//   bytes  of a file since its last fsync or fdatasync: none of them, all of them, or all but the last write, of which
//          some sectors are there (as far as it wrote over what was there) or a beginning (where it made the file
//          longer: file systems write the bytes before the size);
//   names  in a directory since its last fsync (new, renamed and removed files): all undone, or all there. The fsync of
//          a file makes nothing of its name durable;
//   drawn  each file and each directory for itself: any of these, or the first few of the names.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/storage/crash_points/file_operation.hpp"
#include "tests/storage/crash_points/sparse_file.hpp"

namespace breakerd::crash {

/// Directories and files by their paths below a root.
struct FileTree {
  std::map<std::string, std::optional<SparseFile>> names;  ///< nullopt: a directory. A parent comes before its children

  /// Makes an empty directory `root` hold this.
  void save(const std::filesystem::path& root) const;
  [[nodiscard]] static FileTree load(const std::filesystem::path& root);

  friend bool operator==(const FileTree&, const FileTree&) = default;
};

enum class Bytes { lost, kept, torn, drawn };
enum class Names { undone, kept, drawn };

struct Loss {
  Bytes bytes{};
  Names names{};
};
[[nodiscard]] std::string to_string(const Loss& loss);

class CrashedDisk {
 public:
  /// `begin` is durable. Its files have the ids from 0 on, in the order of their paths.
  explicit CrashedDisk(const FileTree& begin = {});

  /// Throws std::logic_error for what cannot have been done.
  void apply(const FileOperation& operation);

  /// Each way to lose something that makes a difference at this moment.
  [[nodiscard]] std::vector<Loss> losses() const;

  [[nodiscard]] FileTree left_by(const Loss& loss, std::mt19937_64& random) const;

  /// All that was written, as a process sees it that goes on.
  [[nodiscard]] FileTree all() const;

  /// One of the present names of a file, or the last it had.
  [[nodiscard]] std::string name_of(FileId file) const;

 private:
  struct File {
    SparseFile durable;
    std::vector<FileOperation> unsynced;  ///< writes and resizes, in order
    std::string name;
  };
  using Name = std::optional<FileId>;  ///< nullopt: a directory
  using NameMap = std::map<std::string, Name>;

  /// One call that changes names, all of them in one directory.
  struct NameChange {
    std::string directory;
    std::vector<std::string> removed;
    std::vector<std::pair<std::string, Name>> added;
  };

  File& file(FileId id);
  void change(NameChange change);
  void sync_names(const std::string& directory);
  [[nodiscard]] Name lookup(const std::string& path) const;
  [[nodiscard]] NameMap names_after(const std::function<bool(const NameChange&)>& survives) const;
  [[nodiscard]] FileTree tree(const NameMap& names, const std::function<SparseFile(const File&)>& bytes) const;

  std::vector<File> files_;
  NameMap durable_names_;
  NameMap names_;  ///< as a process sees them
  std::vector<NameChange> unsynced_names_;
};

}  // namespace breakerd::crash
