#include <breakerd/http/daemon/settings_file.hpp>

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace breakerd::http {
namespace {

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line);
}

/// A value as the command line would have it; nullopt for one that is no setting's.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* real = node.as_floating_point()) return (std::ostringstream{} << real->get()).str();
  return std::nullopt;
}

std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  std::vector<std::string> texts;
  const toml::array* const several = node.as_array();
  if (several == nullptr) {
    auto text = text_of(node);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    return texts;
  }
  for (const toml::node& one : *several) {
    auto text = text_of(one);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  return texts;
}

toml::table parse(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw CLI::FileError::Missing(path);
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    throw CLI::ConfigError(place(path, error.source()) + ": this is not TOML: " + std::string{error.description()});
  }
}

/// Adds the settings of a table whose own name, with a dot, is `prefix`.
void add_settings(const toml::table& table, const std::string& prefix, const std::string& path,
                  std::vector<FileSetting>& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string{key.str()};
    if (const toml::table* const further = node.as_table()) {
      add_settings(*further, name + ".", path, settings);
      continue;
    }
    const std::string where = place(path, node.source());
    auto values = texts_of(node);
    if (!values) throw CLI::ConfigError(where + ": '" + name + "' is a time or a list of tables: no setting is");
    settings.push_back({name, std::move(*values), where});
  }
}

}  // namespace

std::vector<FileSetting> read_settings_file(const std::string& path) {
  std::vector<FileSetting> settings;
  add_settings(parse(path), "", path, settings);
  return settings;
}

}  // namespace breakerd::http
