#pragma once
// Pages of a bounded size in bytes: rows are fetched a few at a time, and a page ends before the item that would take
// it over its bound.

#include <algorithm>
#include <cstdint>
#include <string>

#include "http/api/call.hpp"
#include "http/api/query.hpp"
#include "storage/views.hpp"

namespace breakerd::http {

inline constexpr std::uint32_t page_items_default = 100;
inline constexpr std::uint32_t page_step = 16;  ///< items fetched at a time; they may be half a MiB each
inline constexpr std::size_t page_bytes_max = 4 << 20;

/// The `limit` parameter of lists.
[[nodiscard]] std::uint32_t take_limit(Query& query);

/// Writes `item` behind the others in `body`. False, with nothing written, when that would take the page over its
/// bound; the first item always has room.
template <class Item, class Write>
[[nodiscard]] bool add_to_page(std::string& body, JsonWriter& json, bool is_first, const Item& item,
                               const Write& write) {
  const std::size_t before = body.size();
  write(json, item);
  if (is_first || body.size() <= page_bytes_max) return true;
  body.resize(before);
  return false;
}

/// The body `{"<list>":[...],"next_cursor":...}` in its envelope; `fetch(limit, cursor)` gives a Result<Page<T>> and
/// `write(json, item)` shows an item.
template <class Fetch, class Write>
[[nodiscard]] Result<std::string> page_body(const JsonKey& list, const std::uint32_t limit, std::string cursor,
                                            const Fetch& fetch, const Write& write) {
  std::string body{success_open};
  JsonWriter json{body};
  json.begin_object().key(list).begin_array();
  std::uint32_t count = 0;
  for (bool more = true; more;) {
    const std::uint32_t step = std::min(limit - count, page_step);
    auto page = fetch(step, cursor);
    if (!page) return page.error();
    for (const auto& item : page->items) {
      more = add_to_page(body, json, count == 0, item, write);
      if (!more) break;
      cursor = cursor_behind(item);
      ++count;
    }
    if (!more) break;
    cursor = std::move(page->next);
    // A short step that has a next has looked at as many rows as one read may.
    more = !cursor.empty() && count < limit && page->items.size() == step;
  }
  json.end_array();
  json.key("next_cursor").value_or_null(cursor);
  json.end_object();
  body += '}';
  return body;
}

}  // namespace breakerd::http
