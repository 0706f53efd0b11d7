#pragma once
// The keys under which the ledger finds the event of a call, and the call of an event.

#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/promises/request.hpp"

namespace breakerd::simulation {

/// The keys of what a call may cause, and how many events of each at most. What is known only from the answer (ids,
/// tokens) is not in them.
std::vector<std::pair<std::string, std::size_t>> keys_of(const Request& request);

/// The keys under which the event's call may stand, the exact ones first. None: no caller causes such an event.
std::vector<std::string> keys_of(const nlohmann::json& event);

/// Of a failure report or an opening.
bool is_opening(const std::string& key);

/// Of a command about many jobs.
bool is_command(const std::string& key);

std::string key_of_job(std::uint64_t id);
std::string key_of_lease(const std::string& token_digest);
/// Of what was leased to a client that had gone before it heard of it: the daemon releases it.
std::string key_of_unheard_release();
/// Of a job that was cancelled for another one: for whichever, or for that one.
std::string key_of_replacement();
std::string key_of_replacement(const std::string& job);
/// Of an entry that reports a service, in a settle that was sent before with its key: when its failure alone was
/// recorded then, the job is released without an error (docs/http-api.md, "Many changes with one key"). Empty: of
/// another request.
std::string key_of_bare_release(const Request& request);
std::string key_of_campaign(const std::string& id);

}  // namespace breakerd::simulation
