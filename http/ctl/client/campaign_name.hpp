#pragma once
// Campaigns as people name them.

#include <string>

#include <breakerd/http/ctl/client/http_client.hpp>

namespace breakerd::ctl {

/// The id of the campaign that `text` means: a UUID is an id, and nobody is asked; anything else is the name of exactly
/// one campaign, ended ones included. Reads the list of campaigns to its end, a thousand a page.
///   Errors: refused with status 404 when no campaign has the name; usage, with their ids, when several have; those of
/// the calls.
[[nodiscard]] CliResult<std::string> find_campaign(HttpClient& client, const std::string& text);

}  // namespace breakerd::ctl
