#pragma once
// What is promised of leases: one owner a job at a time, tokens that nobody else has, and a token that is good until
// its lease ends and never afterwards.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

/// A call that was given leases.
struct Grant {
  std::uint64_t call = 0;
  Step begun = 0;
  nlohmann::json job_types;  ///< that it asked for; null: any

  bool takes(const std::string& job_type) const;
};

class Leases {
 public:
  using Complain = std::function<void(std::string)>;
  /// `may_have_ended` tells whether a job may have been ended by somebody who has no token (a cancel, or the end of its
  /// campaign).
  Leases(Complain complain, std::function<bool(std::uint64_t job)> may_have_ended)
      : complain_{std::move(complain)}, may_have_ended_{std::move(may_have_ended)} {}

  void begun(const Request& request, std::uint64_t call, Step begun);
  void ended(const Ended& ended);
  /// The process has died and its successor has not begun to serve: each lease gets a whole period again.
  void restarted(std::int64_t now_ms);
  /// Each lease may get a whole period again now: a start, storage that is back, calls that met each other.
  void may_be_extended(std::int64_t now_ms) { extended_ms_ = now_ms; }
  /// Whether a call that ended after `step` named the token with this digest, so that its worker may have been heard.
  bool named_after(Step step, const std::string& digest) const;
  /// The lease whose token has this digest is there. Complains when it should have come to its end. Nothing is under
  /// way.
  void lives(const std::string& digest, std::int64_t now_ms) const;
  /// Whether a call that began after `step` was given the lease whose token has this digest.
  bool granted_after(Step step, const std::string& digest) const;
  /// Who was given the lease whose token has this digest; nullopt: nobody that is known.
  std::optional<Grant> grant_of(const std::string& digest) const;
  /// Nothing is under way any more, and `is_living` knows which leases there are.
  void settled(const std::function<bool(std::uint64_t job, const std::string& token)>& is_living);

 private:
  struct Lease {
    std::uint64_t job = 0;
    std::uint64_t call = 0;
    nlohmann::json job_types;
    Step begun = 0;  ///< of the call that was given it
    Step ended = 0;
    std::int64_t lease_ms = 0;
    bool may_time_out = false;           ///< its job has a timeout
    std::int64_t runs_until_ms = 0;      ///< it does not expire sooner
    std::int64_t ends_by_ms = 0;         ///< it does not run longer, if nothing extends it
    Step named = 0;                      ///< the end of the latest call that named its token
    std::vector<std::uint64_t> endings;  ///< calls that may have ended it and are not known not to have
    bool has_ended = false;              ///< one of them is known to have
    Step has_ended_since = never;
  };
  /// What a call says about one token.
  struct Use {
    std::uint64_t job = 0;
    std::string token;
  };

  void may_wait_on(const Ended& ended, const Use& use);
  void granted(const Ended& ended, const nlohmann::json& job);
  void check_end(const Ended& ended, const nlohmann::json& answer, const Lease& lease, bool is_stopped);
  void check_owners(const std::string& token, const Lease& later, std::int64_t now_ms);
  bool may_have_ended(const Lease& lease, std::int64_t now_ms) const;
  void accepted(const Ended& ended, const Use& use, bool ends_it);
  void refused_as_stale(const Ended& ended, const Use& use);
  void not_ended_by(std::uint64_t call, const std::string& token);
  static std::vector<Use> uses(const Request& request);

  Complain complain_;
  std::int64_t extended_ms_ = 0;
  std::function<bool(std::uint64_t)> may_have_ended_;
  std::map<std::string, Lease> leases_;                          // by token
  std::map<std::string, const Lease*> lease_of_digest_;          // by token_digest()
  std::map<std::uint64_t, std::vector<std::string>> tokens_of_;  // by job, in the order of the answers
};

}  // namespace breakerd::simulation
