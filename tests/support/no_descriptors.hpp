#pragma once
// A process that has no file descriptor left. The test program defines fopen() itself: with a real lack of descriptors
// the sanitizers cannot look at memory, and take sound objects for broken ones.

namespace breakerd::test {

/// As long as this lives, fopen() fails with EMFILE in all of the process.
class NoDescriptors {
 public:
  NoDescriptors();
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors();
};

}  // namespace breakerd::test
