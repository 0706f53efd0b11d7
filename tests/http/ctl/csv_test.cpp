#include <breakerd/http/ctl/text/csv.hpp>

#include <sstream>

#include "tests/support/catch.hpp"

using namespace breakerd::ctl;
using Fields = std::vector<std::string>;

namespace {

/// All records of a text; the error's detail as the last "record" when there is one.
std::vector<Fields> records(const std::string& text) {
  std::istringstream in{text};
  CsvReader reader{in};
  std::vector<Fields> all;
  for (;;) {
    auto record = reader.next();
    if (!record) {
      all.push_back({"error", record.error().detail});
      return all;
    }
    if (!*record) return all;
    all.push_back((*record)->fields);
  }
}

}  // namespace

TEST_CASE("records end at either kind of line end, and the last one needs none", "[cli][csv]") {
  const std::vector<Fields> expected{{"a", "b"}, {"1", "2"}};
  CHECK(records("a,b\n1,2\n") == expected);
  CHECK(records("a,b\r\n1,2\r\n") == expected);
  CHECK(records("a,b\n1,2") == expected);
  CHECK(records("\n\na,b\n\r\n1,2\n\n") == expected);
  CHECK(records("\xef\xbb\xbf"
                "a,b\n1,2\n") == expected);
  CHECK(records("").empty());
}

TEST_CASE("quotes hold separators, line ends and doubled quotes", "[cli][csv]") {
  CHECK(records("\"a,b\",\"c\r\nd\",\"e\"\"f\"\n") == std::vector<Fields>{{"a,b", "c\r\nd", "e\"f"}});
  CHECK(records("\"\",x\n") == std::vector<Fields>{{"", "x"}});
}

TEST_CASE("empty fields are kept", "[cli][csv]") {
  CHECK(records(",\na,,b\n,,\n") == std::vector<Fields>{{"", ""}, {"a", "", "b"}, {"", "", ""}});
}

TEST_CASE("a carriage return alone is text within quotes and an error elsewhere", "[cli][csv]") {
  CHECK(records("\"a\rb\",c\n") == std::vector<Fields>{{"a\rb", "c"}});
  const Fields refused{"error", "line 1: a carriage return that ends no line: lines end with LF or CRLF"};
  for (const char* text : {"a\rb,c\n", "a,b\r1,2\r", "a\r", "\ra\n", "\"a\"\rb\n"}) {
    CAPTURE(text);
    CHECK(records(text).back() == refused);
  }
}

TEST_CASE("a record can be passed over whatever it holds", "[cli][csv]") {
  const std::string passed = GENERATE(as<std::string>{}, "x\"y\"z", "\"x\"y", "\"a\n\"\"b\",\"\"", "a\rb", "\xff",
                                      std::string(csv_record_bytes_max + 10, 'x'));
  std::istringstream in{"\xef\xbb\xbf\n" + passed + "\r\n\nnext,1\n"};
  CsvReader reader{in};
  CHECK(*reader.skip());
  CHECK((*reader.next())->fields == Fields{"next", "1"});
  CHECK_FALSE(*reader.skip());
}

TEST_CASE("a quote that is never closed cannot be passed over", "[cli][csv]") {
  std::istringstream in{"a\n\"open\n"};
  CsvReader reader{in};
  CHECK(*reader.skip());
  CHECK(reader.skip().error().detail == "line 2: a quote is never closed");
}

TEST_CASE("malformed CSV names the line", "[cli][csv]") {
  CHECK(records("a\n\"open\nand on").back() == Fields{"error", "line 2: a quote is never closed"});
  CHECK(records("a\n\"x\"y\n").back() == Fields{"error", "line 2: text behind a closing quote"});
  CHECK(records("a\nx\"y\n").back() == Fields{"error", "line 2: a quote inside a field that does not begin with one"});
}

TEST_CASE("a record tells the line it begins at", "[cli][csv]") {
  std::istringstream in{"\"a\nb\"\nc\n"};
  CsvReader reader{in};
  CHECK((*reader.next())->line == 1);
  CHECK((*reader.next())->line == 3);
}

TEST_CASE("a record has a bound", "[cli][csv]") {
  CHECK(records(std::string(csv_record_bytes_max + 10, 'x')).back()[0] == "error");
  CHECK(records("\"" + std::string(csv_record_bytes_max + 10, 'x')).back()[0] == "error");
}
