#pragma once
// How RocksDB's WAL files are made and read: from a spare whose blocks are written ahead, and up to where they end.
// For rocks_database.cpp. RocksDB's types are named without its headers, which stay in the .cpp files.

#include <filesystem>
#include <memory>

namespace rocksdb {
class Env;
}

namespace breakerd {

/// The default environment, but for *.log files. With `writes`, new ones are made from a spare in `directory`, which
/// must exist. Must outlive the database it is used for.
[[nodiscard]] std::unique_ptr<rocksdb::Env> make_wal_environment(const std::filesystem::path& directory, bool writes);

}  // namespace breakerd
