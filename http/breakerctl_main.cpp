// breakerctl. All of it is in http/cli/.

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "http/cli/commands.hpp"
#include "http/standard_streams.hpp"

int main(int argc, char** argv) {
  using namespace breakerd::cli;
  breakerd::http::occupy_closed_streams();
  try {
    return run({argv + 1, argv + argc}, Streams{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1,
                                                isatty(STDERR_FILENO) == 1, [] { return std::ferror(stdin) != 0; }});
  } catch (const std::exception& error) {
    std::cerr << "breakerctl: " << error.what() << '\n';
    return static_cast<int>(ExitCode::local);
  }
}
