#include <breakerd/http/ctl/commands/job_source.hpp>

#include <sstream>

#include "tests/support/catch.hpp"

using namespace breakerd::ctl;

namespace {

/// The texts of all jobs; "error: ..." as the last one when there is one.
std::vector<std::string> jobs(const std::string& text, RowFormat format, const JobDefaults& defaults) {
  std::istringstream in{text};
  auto source = make_job_source(in, format, defaults);
  if (!source) return {"error: " + source.error().detail};
  std::vector<std::string> all;
  for (;;) {
    auto job = (*source)->next();
    if (!job) {
      all.push_back("error: " + job.error().detail);
      return all;
    }
    if (!*job) return all;
    all.push_back((*job)->text);
  }
}

JobDefaults of_type(const std::string& type) {
  JobDefaults defaults;
  defaults.job_type = type;
  return defaults;
}

std::unique_ptr<JobSource> must_make(std::istream& in, RowFormat format) {
  auto source = make_job_source(in, format, of_type("t"));
  REQUIRE(source.has_value());
  return std::move(*source);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("rows of CSV become payload objects keyed by the header, in its order", "[cli][source]") {
  auto defaults = of_type("geo");
  defaults.campaign = "c1";
  defaults.max_attempts = 5;
  defaults.max_expiries = 2;
  CHECK(
      jobs("z,a\nZürich,\"1,\"\"2\"\"\"\n", RowFormat::csv, defaults) ==
      Texts{
          R"({"job_type":"geo","campaign_id":"c1","max_attempts":5,"max_expiries":2,"payload":{"z":"Zürich","a":"1,\"2\""}})"});
}

TEST_CASE("CSV that cannot become payloads is refused with its line", "[cli][source]") {
  CHECK(jobs("a\n1\n", RowFormat::csv, {}).back().find("--type") != std::string::npos);
  CHECK(jobs("a,b\n1\n", RowFormat::csv, of_type("t")).back() == "error: line 2: 1 fields where the header names 2");
  CHECK(jobs("a,a\n", RowFormat::csv, of_type("t")).back() == "error: line 1: two columns are named \"a\"");
  CHECK(jobs("a,\n", RowFormat::csv, of_type("t")).back() == "error: line 1: every column needs a name in UTF-8");
  CHECK(jobs("a\n\xe9\n", RowFormat::csv, of_type("t")).back() == "error: line 2: not UTF-8");
  CHECK(jobs("", RowFormat::csv, of_type("t")).empty());
}

TEST_CASE("with a type every line is a payload, whatever its members", "[cli][source]") {
  CHECK(jobs("{\"job_type\":\"inner\",\"n\":12345678901234567890123}\n\n [1] \r\n", RowFormat::ndjson, of_type("t")) ==
        Texts{R"({"job_type":"t","payload":{"job_type":"inner","n":12345678901234567890123}})",
              R"({"job_type":"t","payload":[1]})"});
}

TEST_CASE("without a type every line is a job, and its own members win", "[cli][source]") {
  JobDefaults defaults;
  defaults.campaign = "c1";
  defaults.service = "apollo";
  CHECK(jobs(R"({"job_type":"a","service":"own","payload":{"x":"}"}} )", RowFormat::ndjson, defaults) ==
        Texts{R"({"job_type":"a","service":"own","payload":{"x":"}"},"campaign_id":"c1"})"});
  CHECK(jobs(R"({"job_\u0074ype":"a","\u0073ervice":"own"})", RowFormat::ndjson, defaults) ==
        Texts{R"({"job_\u0074ype":"a","\u0073ervice":"own","campaign_id":"c1"})"});
  CHECK(jobs("{\"x\":1}\n", RowFormat::ndjson, {}).back().find("line 1: the job has no job_type") != std::string::npos);
  CHECK(jobs("[1]\n", RowFormat::ndjson, {}).back().find("line 1: not a job object") != std::string::npos);
}

TEST_CASE("a line that is no JSON is refused with its number", "[cli][source]") {
  const auto all = jobs("1\n\n{\"a\":}\n", RowFormat::ndjson, of_type("t"));
  CHECK(all == Texts{R"({"job_type":"t","payload":1})", "error: line 3: not a JSON value (at byte 6)"});
}

TEST_CASE("JSON that breakerd does not take is told apart from what is none", "[cli][source]") {
  const auto said = [](const std::string& row) { return jobs(row + "\n", RowFormat::ndjson, of_type("t")).back(); };
  CHECK(said(std::string(31, '[') + std::string(31, ']')) == "error: line 1: nested deeper than 30 levels");
  CHECK(said("[1e999]") == "error: line 1: a number that is too large (at byte 6)");
  CHECK(said("\"" + std::string(ndjson_line_bytes_max, 'x') + "\"") == "error: line 1: longer than 1048576 bytes");
}

TEST_CASE("a byte order mark before the first line is passed over, elsewhere it is an error", "[cli][source]") {
  const std::string mark = "\xef\xbb\xbf";
  CHECK(jobs(mark + "1\n2\n", RowFormat::ndjson, of_type("t")).size() == 2);
  CHECK(jobs("1\n" + mark + "2\n", RowFormat::ndjson, of_type("t")).back() ==
        "error: line 2: a byte order mark before the JSON value");
  CHECK(jobs("\xef\xbb"
             "1\n",
             RowFormat::ndjson, of_type("t"))
            .back() == "error: line 1: not UTF-8");
}

TEST_CASE("rows are passed over whatever they hold", "[cli][source]") {
  const auto after_one = [](const std::string& text, RowFormat format) {
    std::istringstream in{text};
    auto source = must_make(in, format);
    CHECK(*source->skip());
    const auto job = source->next();
    return job && *job ? (*job)->text : "none";
  };
  const std::string second = R"({"job_type":"t","payload":2})";
  CHECK(after_one("{\n2\n", RowFormat::ndjson) == second);
  CHECK(after_one("\n\n" + std::string(ndjson_line_bytes_max * 2, 'x') + "\n\n 2 \n", RowFormat::ndjson) == second);
  CHECK(after_one("a\n1,2,3\nok\n", RowFormat::csv) == R"({"job_type":"t","payload":{"a":"ok"}})");
  CHECK(after_one("a\n\xff\nok\n", RowFormat::csv) == R"({"job_type":"t","payload":{"a":"ok"}})");
}

TEST_CASE("the end of a file's name tells its format", "[cli][source]") {
  CHECK(format_of("x/rows.csv") == RowFormat::csv);
  CHECK(format_of("ROWS.CSV") == RowFormat::csv);
  CHECK(format_of("rows.ndjson") == RowFormat::ndjson);
  CHECK(format_of("-") == RowFormat::ndjson);
}
