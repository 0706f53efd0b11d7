// What breakerctl says of itself.

#include <iterator>
#include <regex>
#include <set>

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> words_of(const std::string& path) {
  std::istringstream in{path};
  return {std::istream_iterator<std::string>{in}, {}};
}

/// The names at the beginnings of lines: options without their dashes, positionals, commands.
std::vector<std::string> names_in(const std::string& help) {
  std::vector<std::string> names;
  static const std::regex first_words{"^  ?((-[^ ]+|[a-z][a-z-]*)(,-[^ ]+)*)"};
  std::istringstream lines{help};
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_search(line, found, first_words)) continue;
    std::istringstream parts{found[1].str()};
    for (std::string part; std::getline(parts, part, ',');) names.push_back(part.substr(part.find_first_not_of('-')));
  }
  return names;
}

}  // namespace

TEST_CASE("no option is there twice in a help text", "[cli][help]") {
  for (const auto& command : command_table()) {
    CAPTURE(command.path);
    auto words = words_of(command.path);
    words.emplace_back("--help");
    const auto help = breakerctl(words).out;
    const auto names = names_in(help);
    CAPTURE(help);
    CHECK(names.size() >= 2);  // --help at least, as -h and --help
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  }
}

TEST_CASE("a bare call shows the commands and is no success", "[cli][help]") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"campaign"}, {"--timeout", "5"}}) {
    const auto done = breakerctl(words);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, ContainsSubstring(words.empty() || words[0] != "campaign" ? "resume-queue" : "seal"));
  }
  CHECK(Json::parse(breakerctl({"--json"}).err)["error"]["kind"] == "usage");
}

TEST_CASE("help shows the commands, or one of them", "[cli][help]") {
  CHECK(breakerctl({"help"}).code == 0);
  CHECK_THAT(breakerctl({"help"}).out, ContainsSubstring("resume-queue"));
  CHECK(breakerctl({"--timeout", "5", "help"}).out == breakerctl({"help"}).out);
  CHECK_THAT(breakerctl({"help", "campaign"}).out, ContainsSubstring("seal"));
  CHECK(breakerctl({"help", "campaign", "create"}).out == breakerctl({"campaign", "create", "--help"}).out);
}

TEST_CASE("help says which address would be used now", "[cli][help]") {
  const TempDir folder;
  const Variable directory{"BREAKERD_DATA_DIR", folder.path};
  CHECK_THAT(breakerctl({"--help"}).out, ContainsSubstring("looked for at http://127.0.0.1:8080:\n"));
  ScriptedPeer peer{[](const PeerRequest&) { return success("{}"); }, folder.path + "/breakerd.sock"};
  CHECK_THAT(breakerctl({"--help"}).out, ContainsSubstring("looked for at unix:" + folder.path + "/breakerd.sock:\n"));
}
