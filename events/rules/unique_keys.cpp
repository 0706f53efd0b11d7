#include <breakerd/events/rules/unique_keys.hpp>

namespace breakerd {

bool keeps_key(const JobRow& holder, const LaneRow& lane) {
  const bool is_cut = !holder.campaign.is_nil() && is_terminal(lane.status) && !is_terminal(holder.status);
  return holder.status != JobStatus::cancelled && !is_cut;
}

bool keeps_key_behind_end(const JobRow& ended, Time now) {
  return ended.status != JobStatus::cancelled && ended.unique_until > now;
}

Error key_is_held(const JobContext& holder, const std::string& key) {
  const std::string status{to_string(holder.status())};
  return {ErrorCode::duplicate,
          "unique_key: \"" + key + "\" is held by job " + std::to_string(holder.row.id) + ", which is " + status,
          {},
          status,
          holder.row.id};
}

Result<KeyDecision> decide_conflict(const JobContext& holder, const JobSpec& spec) {
  if (spec.on_conflict == OnConflict::existing) return KeyDecision::answer_holder;
  if (spec.on_conflict == OnConflict::replace && holder.row.status == JobStatus::pending)
    return KeyDecision::cancel_holder;
  return key_is_held(holder, spec.unique_key);
}

}  // namespace breakerd
