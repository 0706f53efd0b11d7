// breakerctl. All of it is in http/cli/.

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include <breakerd/http/base/standard_streams.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>

int main(int argc, char** argv) {
  using namespace breakerd::ctl;
  breakerd::http::occupy_closed_streams();
  try {
    return run({argv + 1, argv + argc},
               Streams{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1,
                       [] { return std::ferror(stdin) != 0; }, isatty(STDIN_FILENO) == 1});
  } catch (const std::exception& error) {
    std::cerr << "breakerctl: " << error.what() << '\n';
    return static_cast<int>(ExitCode::local);
  }
}
