// breakerctl. All of it is in http/cli/.

#include <unistd.h>

#include <exception>
#include <iostream>

#include "http/cli/commands.hpp"

int main(int argc, char** argv) {
  using namespace breakerd::cli;
  try {
    return run({argv + 1, argv + argc},
               Streams{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1});
  } catch (const std::exception& error) {
    std::cerr << "breakerctl: " << error.what() << '\n';
    return static_cast<int>(ExitCode::local);
  }
}
