#pragma once
// Pages of a bounded size in bytes: rows are fetched a few at a time, and a page ends early when it has grown large.

#include <algorithm>
#include <cstdint>
#include <string>

#include "http/api/query.hpp"

namespace breakerd::http {

inline constexpr std::uint32_t page_items_default = 100;
inline constexpr std::uint32_t page_step = 50;
inline constexpr std::size_t page_bytes_enough = 4 * 1024 * 1024;

/// The `limit` parameter of lists.
[[nodiscard]] std::uint32_t take_limit(Query& query);

/// Writes `{"<list>":[...],"next_cursor":...}` behind `body`; `fetch(limit, cursor)` gives a Result<Page<T>> and
/// `write(json, item)` shows an item.
template <class Fetch, class Write>
[[nodiscard]] Result<std::string> page_body(std::string_view list, std::uint32_t limit, std::string cursor,
                                            const Fetch& fetch, const Write& write) {
  std::string body{success_open};
  JsonWriter json{body};
  json.begin_object().key(list).begin_array();
  for (bool more = true; more;) {
    const std::uint32_t step = std::min(limit, page_step);
    auto page = fetch(step, cursor);
    if (!page) return page.error();
    for (const auto& item : page->items) write(json, item);
    limit -= static_cast<std::uint32_t>(page->items.size());
    cursor = std::move(page->next);
    // A short step that has a next has looked at as many rows as one read may.
    more = !cursor.empty() && limit > 0 && page->items.size() == step && body.size() < page_bytes_enough;
  }
  json.end_array();
  json.key("next_cursor").value_or_null(cursor);
  json.end_object();
  body += '}';
  return body;
}

}  // namespace breakerd::http
