#pragma once
// Pages of a bounded size in bytes: rows are fetched a few at a time, and a page ends before the item that would take
// it over its bound.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include <breakerd/http/api/answer_bytes.hpp>
#include <breakerd/http/api/call.hpp>
#include <breakerd/http/api/query.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {

inline constexpr std::uint32_t page_items_default = 100;
inline constexpr std::uint32_t page_step = 16;               ///< items fetched at a time; they may be half a MiB each
inline constexpr std::uint32_t numbered_items_max = 10'000;  ///< how far numbered pages reach
inline constexpr std::uint32_t per_page_max = 100;

/// The `limit` parameter of lists.
[[nodiscard]] std::uint32_t take_limit(Query& query);

/// Which part of a list is asked for: what follows a cursor, or a page by its number.
struct PageAsk {
  std::uint32_t limit = page_items_default;  ///< items, at most
  std::string cursor;                        ///< empty: from the beginning
  std::uint32_t page = 0;                    ///< from 1; 0: not by number

  [[nodiscard]] bool is_numbered() const { return page != 0; }
  /// Items of the list before it.
  [[nodiscard]] std::uint32_t skip() const { return is_numbered() ? (page - 1) * limit : 0; }
};

/// The parameters `limit` and `cursor`, or `page` and `per_page`.
[[nodiscard]] PageAsk take_page(Query& query);

/// Writes `total`, `page`, `per_page` and `pages`. `total` is null when counting would need a look at every item.
void write_numbers(JsonWriter& json, const PageAsk& ask, std::optional<std::uint64_t> total);

/// How large a page's body may be with its next item. The first one always has room.
[[nodiscard]] constexpr std::size_t page_bound(bool is_first) { return is_first ? ~std::size_t{0} : page_bytes_max; }

/// Writes `item` behind the others in `body`. False, with nothing written, when that would take `body` over its bound.
template <class Item, class Write>
[[nodiscard]] bool add_to_page(std::string& body, JsonWriter& json, const Item& item, std::size_t body_bytes_max,
                               const Write& write) {
  const std::size_t before = body.size();
  write(json, item);
  if (body.size() <= body_bytes_max) return true;
  body.resize(before);
  return false;
}

/// Writes those of `items` that come first and take `body` to no more than `body_bytes_max`, as an array.
template <class Item, class Write>
void write_first(std::string& body, JsonWriter& json, const std::vector<Item>& items, std::size_t body_bytes_max,
                 const Write& write) {
  json.begin_array();
  for (const Item& item : items)
    if (!add_to_page(body, json, item, body_bytes_max, write)) break;
  json.end_array();
}

/// The body `{"<list>":[...],"next_cursor":...}` in its envelope, of a page by number with write_numbers()'s members
/// too. `fetch(limit, cursor, skip)` gives a Result<Page<T>> that leaves out the first `skip` items behind the cursor,
/// `count()` a Result<std::optional<std::uint64_t>> of the whole list, and `write(json, item)` shows an item. A page by
/// number that passes the bound in bytes is `invalid`: the next one would leave out what was cut off.
template <class Fetch, class Count, class Write>
[[nodiscard]] Result<std::string> page_body(const JsonKey& list, const PageAsk& ask, const Fetch& fetch,
                                            const Count& count_all, const Write& write) {
  std::string cursor = ask.cursor;
  std::string body{success_open};
  JsonWriter json{body};
  json.begin_object().key(list).begin_array();
  std::uint32_t count = 0;
  for (bool more = true; more;) {
    const std::uint32_t step = std::min(ask.limit - count, page_step);
    auto page = fetch(step, cursor, cursor.empty() ? ask.skip() : 0);
    if (!page) return page.error();
    for (const auto& item : page->items) {
      more = add_to_page(body, json, item, page_bound(count == 0), write);
      if (!more && ask.is_numbered())
        return invalid_field("per_page", "fewer: the first " + std::to_string(count) + " items of this page fill " +
                                             std::to_string(page_bytes_max >> 20) + " MiB");
      if (!more) break;
      cursor = cursor_behind(item);
      ++count;
    }
    if (!more) break;
    cursor = std::move(page->next);
    // A short step that has a next has looked at as many rows as one read may.
    more = !cursor.empty() && count < ask.limit && page->items.size() == step;
  }
  json.end_array();
  json.key("next_cursor").value_or_null(cursor);
  if (ask.is_numbered()) {
    const auto total = count_all();
    if (!total) return total.error();
    write_numbers(json, ask, *total);
  }
  json.end_object();
  body += '}';
  return body;
}

}  // namespace breakerd::http
