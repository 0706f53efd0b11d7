#pragma once
// The rules of unique keys: who holds one, and what becomes of a job that asks for a key that is held. Pure.

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/rules/job.hpp>

namespace breakerd {

/// Whether a job that holds a unique key keeps it. One whose campaign has failed or was cancelled does not, if it had
/// not ended before.
[[nodiscard]] bool keeps_key(const JobRow& holder, const LaneRow& lane);

/// Whether the job keeps its key when it has ended: it goes when `unique_until` comes.
[[nodiscard]] bool keeps_key_behind_end(const JobRow& ended, Time now);

/// What is done for a new job whose key is held by one that keeps it.
enum class KeyDecision : std::uint8_t {
  answer_holder,  ///< nothing is enqueued
  cancel_holder,  ///< and then the new one is enqueued
};
/// `duplicate` when the new job is refused.
[[nodiscard]] Result<KeyDecision> decide_conflict(const JobContext& holder, const JobSpec& spec);

/// `duplicate`: what is answered to whoever asks for a key that this job holds.
[[nodiscard]] Error key_is_held(const JobContext& holder, const std::string& key);

}  // namespace breakerd
