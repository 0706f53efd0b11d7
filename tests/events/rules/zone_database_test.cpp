// The files of the zone database: what is read of them, and what becomes of one that cannot be read.

#include <breakerd/events/rules/zone_database.hpp>

#include <fstream>
#include <iterator>
#include <string>

#include <breakerd/events/rules/zone_file.hpp>
#include "tests/support/no_descriptors.hpp"
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

std::string bytes_of(const std::string& name) {
  std::ifstream file{"/usr/share/zoneinfo/" + name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void put(std::string& bytes, std::uint64_t number, int length) {
  for (int i = length - 1; i >= 0; --i) bytes.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

/// A file with one block for each version: the changes at `times`, to the offset of type 1 and type 0 in turn.
std::string file_of(const std::vector<std::int64_t>& times, std::int32_t offset = 3'600,
                    const std::string& rule = "CET-1", char version = '2') {
  std::string bytes;
  for (const int time_bytes : {4, 8}) {
    bytes += std::string{"TZif"} + version + std::string(15, '\0');
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{0}, std::size_t{0}, times.size(), std::size_t{2}, std::size_t{4}})
      put(bytes, count, 4);
    for (const std::int64_t time : times) put(bytes, static_cast<std::uint64_t>(time), time_bytes);
    for (std::size_t i = 0; i < times.size(); ++i) bytes.push_back(static_cast<char>(1 - i % 2));
    put(bytes, 0, 6);
    put(bytes, static_cast<std::uint32_t>(offset), 4);
    put(bytes, 0, 2);
    bytes += std::string{"CET\0", 4};
  }
  return bytes + "\n" + rule + "\n";
}

}  // namespace

TEST_CASE("a zone that cannot be read now is there when it can be, and is not forgotten then") {
  const std::string name = "Indian/Maldives";
  {
    const NoDescriptors none;
    const Error error = error_of(find_time_zone(name));
    CHECK(error.code == ErrorCode::storage);
    CHECK(error.detail == "time zone \"" + name + "\": its file cannot be read: Too many open files");
  }
  CHECK(must(find_time_zone(name)).name() == name);
  const NoDescriptors none;
  CHECK(must(find_time_zone(name)).span_at(Time{}).offset == must(find_time_zone(name)).span_at(Time{}).offset);
  CHECK(must(find_time_zone("UTC")).name() == "UTC");
}

TEST_CASE("the changes that a file lists come first, and then the rule at its end") {
  const auto zone = parse_zone_file("Test/Zone", file_of({-1'000'000'000, 1'000'000, 2'000'000}));
  REQUIRE(zone);
  CHECK(zone->name() == "Test/Zone");
  const auto offset_at = [&](std::int64_t at) { return zone->span_at(Time{std::chrono::seconds{at}}).offset.count(); };
  CHECK(offset_at(0) == 3'600);
  CHECK(offset_at(999'999) == 3'600);
  CHECK(offset_at(1'000'000) == 0);
  CHECK(offset_at(1'999'999) == 0);
  CHECK(offset_at(2'000'000) == 3'600);
  CHECK(offset_at(4'000'000'000) == 3'600);
}

TEST_CASE("a file that makes no sense is no zone") {
  CHECK(parse_zone_file("x", file_of({1, 2})));
  CHECK_FALSE(parse_zone_file("x", file_of({2, 1})));
  CHECK_FALSE(parse_zone_file("x", file_of({1, 1})));
  CHECK_FALSE(parse_zone_file("x", file_of({1}, 24 * 3'600)));
  CHECK_FALSE(parse_zone_file("x", file_of({1}, -24 * 3'600)));
  CHECK_FALSE(parse_zone_file("x", file_of({1}, 0, "what")));
  CHECK_FALSE(parse_zone_file("x", file_of({1}, 0, "CET-1", '\0')));
  std::string wrong_type = file_of({1});
  wrong_type[wrong_type.size() - 7 - 4 - 12 - 1] = 2;  // in front of its types, letters and rule
  CHECK_FALSE(parse_zone_file("x", wrong_type));
  CHECK_FALSE(is_zone_file("TZi"));
  CHECK_FALSE(is_zone_file(bytes_of("zone.tab")));
}

TEST_CASE("a file that is cut short is no zone, wherever it is cut") {
  const std::string whole = bytes_of("Europe/Berlin");
  REQUIRE(parse_zone_file("Europe/Berlin", whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    REQUIRE_FALSE(parse_zone_file("Europe/Berlin", whole.substr(0, size)));
  }
  for (std::size_t place = 20; place < 44; ++place) {  // its counts
    std::string huge = whole;
    huge[place] = '\xFF';
    static_cast<void>(parse_zone_file("Europe/Berlin", huge));  // reads nothing behind its end
  }
}
