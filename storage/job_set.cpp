#include "storage/job_set.hpp"

namespace breakerd {
namespace {

constexpr std::size_t bitmap_bytes = JobSet::jobs / 8;

Error not_a_set() { return make_error(ErrorCode::corrupt, "a set of jobs in the projection cannot be read"); }

}  // namespace

bool JobSet::each(const std::function<bool(std::size_t)>& visit) const {
  for (std::size_t place = has_._Find_first(); place < jobs; place = has_._Find_next(place))
    if (!visit(place)) return false;
  return true;
}

std::string JobSet::encode() const {
  std::string bytes;
  const std::size_t count = has_.count();
  if (count >= bitmap_bytes) {
    bytes.assign(bitmap_bytes, '\0');
    each([&](std::size_t place) {
      bytes[place / 8] = static_cast<char>(static_cast<std::uint8_t>(bytes[place / 8]) | 1U << place % 8);
      return true;
    });
    return bytes;
  }
  bytes.reserve(count);
  each([&](std::size_t place) { return bytes += static_cast<char>(place), true; });
  return bytes;
}

Result<JobSet> JobSet::decode(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > bitmap_bytes) return not_a_set();
  JobSet set;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    if (bytes.size() < bitmap_bytes) {
      if (i > 0 && byte <= static_cast<std::uint8_t>(bytes[i - 1])) return not_a_set();
      set.has_.set(byte);
      continue;
    }
    for (std::size_t bit = 0; bit < 8; ++bit)
      if ((byte >> bit & 1U) != 0) set.has_.set(8 * i + bit);
  }
  if (bytes.size() == bitmap_bytes && set.has_.count() < bitmap_bytes) return not_a_set();
  return set;
}

Result<void> scan_jobs(const ReadView& view, Table table, std::string_view prefix, JobId after,
                       const std::function<bool(JobId)>& visit) {
  std::string from{prefix};
  if (after > 0) append_big_endian(from, JobSet::number_of(after));
  Result<void> outcome;
  auto ok =
      view.scan(table, from, after_prefix(std::string{prefix}), [&](std::string_view key, std::string_view value) {
        const auto set = JobSet::decode(value);
        if (!set) return outcome = set.error(), false;
        const JobId first = JobSet::first_of(read_big_endian(key.substr(key.size() - sizeof(JobId))));
        return set->each([&](std::size_t place) { return first + place <= after || visit(first + place); });
      });
  if (!ok) return ok.error();
  return outcome;
}

}  // namespace breakerd
