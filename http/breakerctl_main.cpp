// breakerctl. All of it is in http/cli/.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "http/cli/commands.hpp"

namespace {

/// A socket that landed on a closed standard stream would be taken for it. What stands in for one of them fails in its
/// direction, as the closed one does.
void occupy_closed_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest free number, which is fd
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace breakerd::cli;
  occupy_closed_streams();
  try {
    return run({argv + 1, argv + argc}, Streams{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1,
                                                isatty(STDERR_FILENO) == 1, [] { return std::ferror(stdin) != 0; }});
  } catch (const std::exception& error) {
    std::cerr << "breakerctl: " << error.what() << '\n';
    return static_cast<int>(ExitCode::local);
  }
}
