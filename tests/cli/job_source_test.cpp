#include "http/cli/job_source.hpp"

#include <sstream>

#include "tests/support/catch.hpp"

using namespace breakerd::cli;

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

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("rows of CSV become payload objects keyed by the header, in its order", "[cli][source]") {
  auto defaults = of_type("geo");
  defaults.campaign = "c1";
  defaults.max_attempts = 5;
  CHECK(jobs("z,a\nZürich,\"1,\"\"2\"\"\"\n", RowFormat::csv, defaults) ==
        Texts{R"({"job_type":"geo","campaign_id":"c1","max_attempts":5,"payload":{"z":"Zürich","a":"1,\"2\""}})"});
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
  CHECK(jobs("{\"x\":1}\n", RowFormat::ndjson, {}).back().find("line 1: the job has no job_type") != std::string::npos);
  CHECK(jobs("[1]\n", RowFormat::ndjson, {}).back().find("line 1: not a job object") != std::string::npos);
}

TEST_CASE("a line that is no JSON is refused with its number", "[cli][source]") {
  const auto all = jobs("1\n\n{\"a\":}\n", RowFormat::ndjson, of_type("t"));
  CHECK(all == Texts{R"({"job_type":"t","payload":1})", "error: line 3: not a JSON value"});
}

TEST_CASE("the end of a file's name tells its format", "[cli][source]") {
  CHECK(format_of("x/rows.csv") == RowFormat::csv);
  CHECK(format_of("rows.ndjson") == RowFormat::ndjson);
  CHECK(format_of("-") == RowFormat::ndjson);
}
