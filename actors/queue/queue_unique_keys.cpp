// Unique keys: what becomes of new jobs whose keys are held (queue_core.hpp).

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/unique_keys.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {

Result<JobId> QueueCore::key_holder(const std::string& key) {
  if (const auto changed = key_holders_.find(key)) return *changed;
  auto view = committed();
  if (!view) return view.error();
  auto holder = read_key_holder(**view, key);
  if (!holder) return remember_unreadable(holder.error());
  return holder;
}

/// The job that keeps the key, null when it is free.
Result<ActiveJob*> QueueCore::keeper_of(const std::string& key) {
  auto holder = key_holder(key);
  if (!holder) return holder.error();
  if (*holder == 0) return nullptr;
  auto job = find_job(*holder);
  if (!job) return job.error();
  auto lane = find_lane((*job)->row.campaign);
  if (!lane) return lane.error();
  return keeps_key((*job)->row, (*lane)->row) ? *job : nullptr;
}

/// `duplicate` when another job holds the key of this one, which has let go of it.
Result<void> QueueCore::check_own_key(const ActiveJob& job) {
  if (job.row.unique_key.empty()) return {};
  auto keeper = keeper_of(job.row.unique_key);
  if (!keeper) return keeper.error();
  if (*keeper == nullptr || (*keeper)->row.id == job.row.id) return {};
  const JobRow& row = (*keeper)->row;
  return key_is_held({row, lanes_.at(row.campaign).row, queue_}, job.row.unique_key);
}

Result<QueueCore::Admission> QueueCore::admit(const JobSpec& spec, JobId id, KeysOfBatch& keys, Append& append) {
  if (spec.unique_key.empty()) return Admission{};
  Admission admission;
  const auto [at, is_first] = keys.try_emplace(spec.unique_key, JobId{0});
  JobId& keeper = at->second;
  if (is_first) {
    auto holder = key_holder(spec.unique_key);
    if (!holder) return holder.error();
    auto job = keeper_of(spec.unique_key);
    if (!job) return job.error();
    append.preconditions.emplace_back(KeyAt{spec.unique_key, *holder});
    if (*job != nullptr) keeper = (*job)->row.id;
  }
  if (keeper > queue_.last_job) {  // one of the same batch, which waits
    if (spec.on_conflict == OnConflict::refuse) {
      Error error = invalid_field("unique_key", "another key than that of a job before it in the same batch");
      error.code = ErrorCode::duplicate;
      return error;
    }
    (spec.on_conflict == OnConflict::existing ? admission.existing : admission.replaces) = keeper;
  } else if (keeper != 0) {
    const JobRow& row = jobs_.find(keeper)->row;
    auto decision = decide_conflict({row, lanes_.at(row.campaign).row, queue_}, spec);
    if (!decision) return decision.error();
    (*decision == KeyDecision::answer_holder ? admission.existing : admission.replaces) = keeper;
  }
  if (admission.existing == 0) keeper = id;
  return admission;
}

Result<void> QueueCore::cancel_replaced(const Context& context, JobId replaced, JobId by) {
  const ActiveJob& job = *jobs_.find(replaced);
  return emit(context, JobCancelled{replaced, job.row.campaign, "replaced by job " + std::to_string(by)});
}

}  // namespace breakerd
