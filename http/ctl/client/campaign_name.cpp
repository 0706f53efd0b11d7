#include <breakerd/http/ctl/client/campaign_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include <breakerd/events/model/ids.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view page_limit = "1000";
constexpr std::size_t ids_told_max = 5;

std::string list_of(const std::vector<std::string>& ids) {
  const auto shown = std::min(ids.size(), ids_told_max);
  auto text = fmt::format("{}", fmt::join(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return shown == ids.size() ? text : text + ", ...";
}

}  // namespace

CliResult<std::string> find_campaign(HttpClient& client, const std::string& text) {
  if (Uuid::parse(text)) return text;
  std::vector<std::string> ids;
  std::string cursor;
  for (;;) {
    std::string target = "/api/v1/campaigns";
    add_query(target, "limit", page_limit);
    add_query(target, "cursor", cursor);
    const auto reply = client.call({Verb::get, target, "", Repeat::safe});
    if (!reply) return reply.error();
    for (const auto& campaign : member_at(reply->data(), "campaigns")) {
      if (text_at(campaign, "name") == text) ids.push_back(text_at(campaign, "id"));
    }
    auto next = text_at(reply->data(), "next_cursor");
    if (next.empty() || next == cursor) break;
    cursor = std::move(next);
  }
  if (ids.empty())
    return CliError{ErrorKind::refused, fmt::format("no campaign has the id or the name \"{}\"", text), 404,
                    "not_found"};
  if (ids.size() > 1)
    return usage_error(
        fmt::format("{} campaigns have the name \"{}\": give an id: {}", ids.size(), text, list_of(ids)));
  return ids.front();
}

}  // namespace breakerd::ctl
