#include <breakerd/events/model/lease_limit.hpp>

namespace breakerd {

std::string_view to_string(LimitKind kind) {
  switch (kind) {
    case LimitKind::service:
      return "service";
    case LimitKind::campaign:
      return "campaign";
    case LimitKind::job_type:
      return "job_type";
  }
  return "?";
}

std::optional<LimitKind> parse_limit_kind(std::string_view text) {
  for (const LimitKind kind : {LimitKind::service, LimitKind::campaign, LimitKind::job_type})
    if (text == to_string(kind)) return kind;
  return std::nullopt;
}

std::string decimal_text(std::uint64_t thousandths) {
  std::string text = std::to_string(thousandths / 1'000);
  const std::uint64_t behind = thousandths % 1'000;
  if (behind == 0) return text;
  text += '.';
  text += std::to_string(1'000 + behind).substr(1);  // with its leading zeros
  while (text.back() == '0') text.pop_back();
  return text;
}

LimitName limit_of(const CampaignId& campaign) { return {LimitKind::campaign, campaign.to_string()}; }

}  // namespace breakerd
