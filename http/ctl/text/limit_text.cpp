#include <breakerd/http/ctl/text/limit_text.hpp>

#include <fmt/format.h>

#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {

std::string rate_text(const Json& limit) {
  const auto& rate = member_at(limit, "rate_per_second");
  return rate.is_number() ? fmt::format("{}/s, burst {}", rate.dump(), number_at(limit, "burst")) : std::string{"-"};
}

std::string limit_text(const Json& limit) {
  const auto concurrency = number_at(limit, "concurrency");
  std::string text = concurrency == 0 ? std::string{} : fmt::format("{} at a time", concurrency);
  if (member_at(limit, "rate_per_second").is_number()) text += (text.empty() ? "" : "; ") + rate_text(limit);
  return fmt::format("{} {} ({})",
                     text_at(limit, "kind") == "job_type" ? "job type" : printable(text_at(limit, "kind")),
                     printable(text_at(limit, "name")), text);
}

}  // namespace breakerd::ctl
