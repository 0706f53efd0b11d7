#pragma once
// Lists page by page, and single objects, printed for people or as JSON.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/http/ctl/commands/commands.hpp>

namespace breakerd::ctl {

/// Objects asked for at once; the daemon's pages may be shorter.
inline constexpr std::uint64_t page_items = 200;

inline constexpr std::string_view jobs_path = "/api/v1/jobs";

/// A list call, e.g. GET /api/v1/jobs.
struct Listing {
  std::string target;               ///< with its filters, without limit and cursor
  std::string member;               ///< name of the list in data, e.g. "jobs"; "items" is understood as well
  std::vector<std::string> header;  ///< of the table
  std::function<std::vector<std::string>(const Json&)> row;
};

/// --limit, --all, --cursor.
struct PageOptions {
  std::uint64_t limit = 50;
  bool all = false;
  std::string cursor;

  void declare(CLI::App& app);
};

/// Fetches pages until the limit or the end. People get one table and, when there is more, the cursor on err; --json
/// gives one object a line.
[[nodiscard]] int print_listing(const Context& context, const Listing& listing, const PageOptions& page);

/// One object: "name  value" lines, nested values as JSON; with --json as it came.
[[nodiscard]] int print_object(const Context& context, HttpClient& client, const Request& request);

/// An identifier as the user gave it, as a path segment.
[[nodiscard]] std::string segment(std::string_view id);

}  // namespace breakerd::ctl
