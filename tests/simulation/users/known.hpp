#pragma once
// What the users of one simulation have heard of, so that they meet at the same jobs and campaigns.

#include <cstdint>
#include <string>
#include <vector>

namespace breakerd::simulation {

struct Known {
  std::vector<std::uint64_t> jobs;      ///< ids that answers named, in their order
  std::vector<std::string> campaigns;   ///< likewise
  std::vector<std::string> old_tokens;  ///< of leases that somebody was done with
  std::uint64_t epoch = 0;              ///< the greatest that an answer named
  std::uint64_t last_seq = 1;
  std::vector<std::string> services{"apollo", "hermes", "mail.ru-2"};
  std::vector<std::string> job_types{"enrich", "mail", "render"};
};

}  // namespace breakerd::simulation
