#pragma once
// A TOML file with settings (https://toml.io/en/v1.0.0).

#include <string>
#include <vector>

namespace breakerd::http {

struct FileSetting {
  std::string name;                 ///< of one in a table, the table's name first: "storage.stall_ms"
  std::vector<std::string> values;  ///< as on the command line; an array has several
  std::string where;                ///< "file:line", for a person
};

/// The settings of the file and of the tables in it. Throws CLI::FileError when it cannot be read, and CLI::ConfigError
/// with file and line when it is not TOML, or when a value is neither a text, a number, a boolean, an array of these
/// nor a table.
[[nodiscard]] std::vector<FileSetting> read_settings_file(const std::string& path);

}  // namespace breakerd::http
