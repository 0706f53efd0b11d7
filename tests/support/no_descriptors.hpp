#pragma once
// A process that has no file descriptor left.

#include <sys/resource.h>

#include "tests/support/catch.hpp"

namespace breakerd::test {

/// As long as this lives, nothing can be opened in this process: EMFILE. What is open stays so.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    ::rlimit none = before_;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { static_cast<void>(::setrlimit(RLIMIT_NOFILE, &before_)); }

 private:
  ::rlimit before_{};
};

}  // namespace breakerd::test
