#pragma once
// How a function becomes a subscriber of the feed.

#include <functional>
#include <string>

#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/client/subscription.hpp>

namespace breakerd {

/// Subscribes `on_event`, from `from` on (0: from now on). It is called within a CallbackScope of `client`. What it
/// throws goes to `log_line`, and the next event comes. Errors: those of Subscribed, and `outcome_unknown`.
[[nodiscard]] Result<Subscription> subscribe_callback(caf::actor_system& system, const FeedHandle& feed, Seq from,
                                                      OnEvent on_event, const void* client,
                                                      std::function<void(const std::string&)> log_line);

}  // namespace breakerd
