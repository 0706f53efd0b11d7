#include <breakerd/events/model/event.hpp>

#include <charconv>

namespace breakerd {

std::string_view type_name(const EventData& data) {
  return std::visit([](const auto& event) { return event.type; }, data);
}

Stream stream_of(const EventData& data) {
  return std::visit(
      []<class E>([[maybe_unused]] const E& event) -> Stream {
        if constexpr (E::stream == StreamKind::job)
          return {StreamKind::job, event.job, {}};
        else if constexpr (E::stream == StreamKind::campaign)
          return {StreamKind::campaign, 0, event.campaign};
        else
          return {E::stream, 0, {}};
      },
      data);
}

std::string Stream::to_string() const {
  switch (kind) {
    case StreamKind::breaker:
      return "breaker";
    case StreamKind::queue:
      return "queue";
    case StreamKind::campaign:
      return "campaign-" + campaign.to_string();
    case StreamKind::job:
      return "job-" + std::to_string(job);
  }
  return {};
}

std::optional<Stream> Stream::parse(std::string_view text) {
  if (text == "breaker") return Stream{StreamKind::breaker, 0, {}};
  if (text == "queue") return Stream{StreamKind::queue, 0, {}};
  if (text.starts_with("campaign-")) {
    const auto id = Uuid::parse(text.substr(9));
    if (!id) return std::nullopt;
    return Stream{StreamKind::campaign, 0, *id};
  }
  if (text.starts_with("job-")) {
    text.remove_prefix(4);
    JobId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size() || id == 0) return std::nullopt;
    return Stream{StreamKind::job, id, {}};
  }
  return std::nullopt;
}

}  // namespace breakerd
