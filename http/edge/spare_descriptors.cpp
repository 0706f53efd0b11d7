#include <breakerd/http/edge/spare_descriptors.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace breakerd::http {

SpareDescriptors::~SpareDescriptors() {
  while (!kept_.empty()) release_one();
}

bool SpareDescriptors::fill() {
  while (kept_.size() < wanted_) {
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) break;
    kept_.push_back(descriptor);
  }
  return !kept_.empty();
}

void SpareDescriptors::release_one() {
  if (kept_.empty()) return;
  close(kept_.back());
  kept_.pop_back();
}

}  // namespace breakerd::http
