#pragma once
// Everything that binds us to CAF 0.17 and not to another version of it. Debian 12 and 13 and Ubuntu 24.04 all ship
// 0.17.6.

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/replies_to.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace breakerd {

/// The first type id of ours; the ids of other users of one process must not overlap with it.
inline constexpr caf::type_id_t first_type_id = caf::first_custom_type_id;
/// So many ids from there on are of messages that only our actors send (messages.hpp). Those that others send as well
/// (requests.hpp) come behind them.
inline constexpr caf::type_id_t internal_type_ids = 64;

}  // namespace breakerd
