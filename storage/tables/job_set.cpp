#include <breakerd/storage/tables/job_set.hpp>

namespace breakerd {
namespace {

constexpr std::size_t bitmap_bytes = JobSet::jobs / 8;

Error not_a_set() { return make_error(ErrorCode::corrupt, "a set of jobs in the projection cannot be read"); }

}  // namespace

std::size_t JobSet::size() const {
  std::size_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

std::string JobSet::encode() const {
  std::string bytes;
  const std::size_t count = size();
  if (count < bitmap_bytes) {
    bytes.reserve(count);
    each([&](std::size_t place) { return bytes += static_cast<char>(place), true; });
    return bytes;
  }
  for (const std::uint64_t word : words_)
    for (std::size_t shift = 0; shift < word_bits; shift += 8) bytes += static_cast<char>(word >> shift);
  return bytes;
}

Result<JobSet> JobSet::decode(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > bitmap_bytes) return not_a_set();
  const bool is_bitmap = bytes.size() == bitmap_bytes;
  JobSet set;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    if (is_bitmap) {
      set.words_[8 * i / word_bits] |= std::uint64_t{byte} << 8 * i % word_bits;
      continue;
    }
    if (i > 0 && byte <= static_cast<std::uint8_t>(bytes[i - 1])) return not_a_set();
    set.add(byte);
  }
  if (is_bitmap && set.size() < bitmap_bytes) return not_a_set();
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

Result<void> scan_ready(const ReadView& view, std::string_view prefix, ReadyPlace after,
                        const std::function<bool(ReadyPlace)>& visit) {
  std::string from{prefix};
  from += static_cast<char>(after.order());
  append_big_endian(from, JobSet::number_of(after.job()));
  Result<void> outcome;
  auto ok = view.scan(Table::ready, from, after_prefix(std::string{prefix}),
                      [&](std::string_view key, std::string_view value) {
                        const auto set = JobSet::decode(value);
                        if (!set) return outcome = set.error(), false;
                        const auto order = static_cast<std::uint8_t>(key[prefix.size()]);
                        const JobId first = JobSet::first_of(read_big_endian(key.substr(prefix.size() + 1)));
                        return set->each([&](std::size_t at) {
                          const auto place = ReadyPlace::of_order(order, first + at);
                          return place <= after || visit(place);
                        });
                      });
  if (!ok) return ok.error();
  return outcome;
}

}  // namespace breakerd
