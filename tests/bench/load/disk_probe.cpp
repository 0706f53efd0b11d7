#include "disk_probe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace breakerd::load {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

DiskProbe::DiskProbe(const std::filesystem::path& directory)
    : path_(directory / ("disk-probe." + std::to_string(::getpid()))),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) throw_errno("disk probe");
}

DiskProbe::~DiskProbe() {
  ::close(descriptor_);
  ::unlink(path_.c_str());
}

void DiskProbe::append() {
  static constexpr std::array<char, append_bytes> block{};
  const Nanos before = monotonic_now();
  if (::write(descriptor_, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
      ::fdatasync(descriptor_) != 0) {
    throw_errno("disk probe");
  }
  times_.record(monotonic_now() - before);
}

}  // namespace breakerd::load
