#include "http/edge/spare_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace breakerd::http {

bool SpareDescriptor::take() {
  if (descriptor_ < 0) descriptor_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return descriptor_ >= 0;
}

void SpareDescriptor::give_up() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

}  // namespace breakerd::http
