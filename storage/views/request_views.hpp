#pragma once
// What the log has of requests with a key (Idempotency-Key).

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/codec/request_name.hpp>
#include <breakerd/events/model/kept_answer.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {

/// What a request did whose answer is not there: the daemon ended before it was kept, or it was too large.
struct DoneRequest {
  Seq first = 0;  ///< its events
  Seq last = 0;
  std::uint64_t jobs = 0;  ///< that it enqueued
  JobId first_job = 0;
  JobId last_job = 0;
  CampaignId campaign{};     ///< that it created; nil: none
  std::uint64_t number = 0;  ///< of the hold that it placed, or of the command about many jobs that it started; 0: none
};

struct KnownRequest {
  bool is_known = false;               ///< the key was used, not longer ago than limits::request_kept_ms
  KeyUse use = 0;                      ///< of the key; where it is not known, the one to begin
  bool is_same = false;                ///< by this request, and not by another one
  std::optional<KeptAnswer> answer{};  ///< to be given again, with nothing left out
  std::optional<DoneRequest> done{};   ///< what is known instead
  std::vector<std::uint8_t> parts{};   ///< without an answer: those that were done
};

/// `now` is wall time. One that is known and the same has an answer or what was done.
[[nodiscard]] Result<KnownRequest> find_request(const ReadView& view, const RequestName& name,
                                                const std::string& principal, Time now);

}  // namespace breakerd
