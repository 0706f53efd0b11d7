#pragma once
// Compares what the daemon shows with what the ledger knows. Nobody else may be asking the daemon for changes.

#include <cstdint>

#include "ledger.hpp"

namespace breakerd::integration {

/// Reads every job and every campaign. Each acknowledged order must be there, and nothing that nobody asked for; the
/// counts must be those of a recount. What was asked for and not answered is settled in the ledger by what is seen.
/// A Failure when anything is wrong, or when the clients complained.
void check_state(std::uint16_t port, Ledger& ledger);

/// Reads all events: seqs without gaps, each end of a job in it exactly once, no lease while the circuit is OPEN.
void check_events(std::uint16_t port, Ledger& ledger);

}  // namespace breakerd::integration
