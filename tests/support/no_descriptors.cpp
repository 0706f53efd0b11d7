#include "tests/support/no_descriptors.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace {

std::atomic<bool> has_none{false};

}  // namespace

extern "C" __attribute__((visibility("default"))) std::FILE* fopen(const char* path, const char* mode) {
  static auto* const really = reinterpret_cast<std::FILE* (*)(const char*, const char*)>(::dlsym(RTLD_NEXT, "fopen"));
  if (!has_none) return really(path, mode);
  errno = EMFILE;
  return nullptr;
}

namespace breakerd::test {

NoDescriptors::NoDescriptors() { has_none = true; }
NoDescriptors::~NoDescriptors() { has_none = false; }

}  // namespace breakerd::test
