#include <breakerd/http/api/pages.hpp>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {

std::uint32_t take_limit(Query& query) {
  return static_cast<std::uint32_t>(query.number("limit", page_items_default, 1, limits::page_items_max));
}

PageAsk take_page(Query& query) {
  PageAsk ask;
  if (!query.has("page") && !query.has("per_page")) {
    ask.limit = take_limit(query);
    ask.cursor = query.text("cursor");
    return ask;
  }
  ask.limit = static_cast<std::uint32_t>(query.number("per_page", page_items_default, 1, per_page_max));
  ask.page = static_cast<std::uint32_t>(query.number("page", 1, 1, numbered_items_max / ask.limit,
                                                     ": pages reach as far as the first " +
                                                         std::to_string(numbered_items_max) +
                                                         " items; read the list with limit and cursor instead"));
  for (const char* other : {"limit", "cursor"})
    if (query.has(other) && !query.text(other).empty())
      query.refuse(other, "not to be given together with page or per_page");
  return ask;
}

void write_numbers(JsonWriter& json, const PageAsk& ask, std::optional<std::uint64_t> total) {
  json.key("total");
  total ? json.value(*total) : json.null();
  json.member("page", ask.page).member("per_page", ask.limit);
  json.key("pages");
  total ? json.value((*total + ask.limit - 1) / ask.limit) : json.null();
}

}  // namespace breakerd::http
