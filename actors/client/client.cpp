#include <breakerd/client.hpp>

#include <algorithm>

#include <breakerd/actors/base/admission.hpp>
#include <breakerd/actors/client/client_impl.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// The rows do not have it.
void show_lease_time(JobView& job, const LeaseTimes& times) {
  if (!job.is_leased()) return;
  job.lease_expires_at = times.find(job.row.id).value_or(no_time);
  job.progress = times.progress(job.row.id);
}

}  // namespace

Client::Client(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

/// Callbacks may use the client until they have come to an end, so it is whole until then.
Client::~Client() { impl_->close(); }

Result<std::unique_ptr<Client>> Client::open(ClientOptions options) {
  auto impl = Impl::open(std::move(options));
  if (!impl) return impl.error();
  return std::unique_ptr<Client>{new Client{std::move(*impl)}};
}

bool Client::should_allow_request() const noexcept { return impl_->core().gate().allows(); }

DamagedReads Client::damaged_reads() const { return impl_->core().read_damage().view(); }

Outcome Client::ask(Command command, std::string principal) {
  return impl_->ask(std::move(command), std::move(principal));
}

void Client::submit(Command command, std::string principal, std::function<void(Outcome)> on_outcome) {
  impl_->submit(std::move(command), std::move(principal), std::move(on_outcome));
}

Result<Subscription> Client::subscribe(OnEvent on_event, std::optional<Seq> from) {
  return impl_->subscribe(std::move(on_event), from);
}

Result<bool> Client::record_failure(std::string error, std::string error_type, std::string service) {
  return impl_->change_circuit(RecordFailure{std::move(error), std::move(error_type), std::move(service), 0, {}});
}

Result<bool> Client::manually_close_circuit(std::string principal, std::string reason, std::optional<Epoch> epoch,
                                            std::optional<Plan> plan) {
  return impl_->change_circuit(CloseCircuit{std::move(reason), epoch, std::move(plan)}, std::move(principal));
}

Result<bool> Client::manually_open_circuit(std::string principal, std::string reason,
                                           std::optional<InFlight> in_flight) {
  return impl_->change_circuit(OpenCircuit{std::move(reason), {}, in_flight}, std::move(principal));
}

Result<BreakerState> Client::get_global_circuit_state() const { return impl_->read_now<BreakerState>(read_breaker); }

Result<StatusView> Client::status() const {
  return impl_->read_now<StatusView>([&](const ReadView& now) { return read_status(now, impl_->clock().wall()); });
}

Result<JobView> Client::enqueue(JobSpec spec) { return impl_->ask_for<JobView>(EnqueueJob{std::move(spec)}); }

Result<EnqueuedBatch> Client::enqueue_batch(std::vector<JobSpec> specs) {
  return impl_->ask_for<EnqueuedBatch>(EnqueueJobs{std::move(specs)});
}

Result<LeaseAnswer> Client::lease(LeaseJobs command) { return impl_->ask_for<LeaseAnswer>(std::move(command)); }

Result<HeartbeatAnswer> Client::heartbeat(JobId job, std::string token, std::uint32_t wait_ms) {
  return heartbeat(Heartbeat{job, std::move(token), wait_ms});
}

Result<HeartbeatAnswer> Client::heartbeat(Heartbeat command) {
  return impl_->ask_for<HeartbeatAnswer>(std::move(command));
}

Result<JobView> Client::complete(JobId job, std::string token, std::string result) {
  return impl_->ask_for<JobView>(CompleteJob{job, std::move(token), std::move(result)});
}

Result<JobView> Client::fail(FailJob command) { return impl_->ask_for<JobView>(std::move(command)); }

Result<JobView> Client::release(JobId job, std::string token) {
  return impl_->ask_for<JobView>(ReleaseJob{job, std::move(token)});
}

Result<std::vector<Result<JobView>>> Client::settle(std::vector<LeaseEnd> ends) {
  auto answer = impl_->settle(std::move(ends), std::nullopt);
  if (!answer) return answer.error();
  return std::move(answer->settled);
}

Result<SettledAndLeased> Client::settle_and_lease(std::vector<LeaseEnd> ends, LeaseJobs next) {
  return impl_->settle(std::move(ends), std::move(next));
}

Result<JobView> Client::cancel(JobId job, std::string reason) {
  return impl_->ask_for<JobView>(CancelJob{job, std::move(reason)});
}

Result<JobView> Client::retry(JobId job, std::string reason) {
  return impl_->ask_for<JobView>(RetryJob{job, std::move(reason)});
}

Result<JobView> Client::discard(JobId job, std::string reason) {
  return impl_->ask_for<JobView>(DiscardJob{job, std::move(reason)});
}

Result<JobCommandRow> Client::start_job_command(StartJobCommand command) {
  Ask asked{std::move(command), {}};
  if (const auto admitted = admit(asked); !admitted) return admitted.error();
  auto& start = std::get<StartJobCommand>(asked.command);
  FailedJobs filter = start.filter;
  if (start.older_than_ms) filter.ended_by = impl_->clock().wall() - std::chrono::milliseconds{*start.older_than_ms};
  std::sort(filter.ids.begin(), filter.ids.end());
  const auto matched = impl_->read_now<std::uint64_t>([&](const ReadView& now) {
    return is_about_parked(start.kind) ? count_parked_jobs(now, filter) : count_failed_jobs(now, filter);
  });
  if (!matched) return matched.error();
  start.matched = *matched;
  return impl_->ask_for<JobCommandRow>(std::move(asked.command));
}

Result<JobCommandRow> Client::stop_job_command(JobCommandId command) {
  return impl_->ask_for<JobCommandRow>(StopJobCommand{command});
}

Result<JobCommandRow> Client::job_command(JobCommandId command) const {
  return impl_->read_now<JobCommandRow>([&](const ReadView& now) { return read_job_command(now, command); });
}

Result<std::vector<JobCommandRow>> Client::list_job_commands(JobCommandId before, std::uint32_t limit) const {
  return impl_->read_page<std::vector<JobCommandRow>>(
      limit, [&](const ReadView& now) { return breakerd::list_job_commands(now, before, limit); });
}

Result<PlanPreview> Client::preview_plan(Plan plan) const {
  Ask asked{ResumeQueue{{}, std::move(plan)}, {}};
  if (const auto admitted = admit(asked); !admitted) return admitted.error();
  const Plan& checked = *std::get<ResumeQueue>(asked.command).plan;
  return impl_->read_now<PlanPreview>(
      [&](const ReadView& now) { return breakerd::preview_plan(now, checked, impl_->clock().wall()); });
}

Result<RolloutView> Client::rollout() const {
  return impl_->read_now<RolloutView>([&](const ReadView& now) { return read_rollout(now, impl_->clock().wall()); });
}

Result<RolloutAnswer> Client::stop_rollout(std::string principal, std::string reason) {
  return impl_->ask_for<RolloutAnswer>(StopRollout{std::move(reason)}, std::move(principal));
}

Result<Page<JobView>> Client::list_parked(const JobFilter& filter, std::uint32_t limit, std::string_view cursor) const {
  return impl_->read_page<Page<JobView>>(
      limit, [&](const ReadView& now) { return list_parked_jobs(now, filter, limit, cursor); });
}

Result<JobHoldView> Client::place_job_hold(PlaceJobHold command) {
  return impl_->ask_for<JobHoldView>(std::move(command));
}

Result<JobHoldView> Client::lift_job_hold(JobHoldId hold, std::string reason) {
  return impl_->ask_for<JobHoldView>(LiftJobHold{hold, std::move(reason)});
}

Result<std::vector<JobHoldView>> Client::list_job_holds() const {
  return impl_->read_now<std::vector<JobHoldView>>([](const ReadView& now) { return breakerd::list_job_holds(now); });
}

Result<LeaseLimitView> Client::set_limit(SetLeaseLimit command) {
  return impl_->ask_for<LeaseLimitView>(std::move(command));
}

Result<LeaseLimitView> Client::remove_limit(LimitName of, std::string reason) {
  return impl_->ask_for<LeaseLimitView>(RemoveLeaseLimit{std::move(of), std::move(reason)});
}

Result<std::vector<LeaseLimitView>> Client::list_limits() const {
  auto all = impl_->read_now<LimitsView>([](const ReadView& now) { return breakerd::list_limits(now); });
  if (!all) return all.error();
  const Time now = impl_->clock().wall();
  for (LeaseLimitView& one : all->limits) {
    one.use = impl_->core().lease_times().limits.of(one.limit.of);
    if (one.use->free_at <= now) one.use->free_at = no_time;
  }
  return std::move(all->limits);
}

Result<JobTypeRow> Client::set_job_type(SetJobType command) { return impl_->ask_for<JobTypeRow>(std::move(command)); }

Result<JobTypeRow> Client::remove_job_type(std::string job_type, std::string reason) {
  return impl_->ask_for<JobTypeRow>(RemoveJobType{std::move(job_type), std::move(reason)});
}

Result<JobTypeRow> Client::job_type(std::string_view job_type) const {
  return impl_->read_now<JobTypeRow>([&](const ReadView& now) { return read_job_type(now, job_type); });
}

Result<Page<JobTypeRow>> Client::list_job_types(std::uint32_t limit, std::string_view cursor) const {
  return impl_->read_page<Page<JobTypeRow>>(
      limit, [&](const ReadView& now) { return breakerd::list_job_types(now, limit, cursor); });
}

Result<ScheduleRow> Client::create_schedule(CreateSchedule command) {
  return impl_->ask_for<ScheduleRow>(std::move(command));
}

Result<ScheduleRow> Client::change_schedule(ChangeSchedule command) {
  return impl_->ask_for<ScheduleRow>(std::move(command));
}

Result<ScheduleRow> Client::remove_schedule(ScheduleId schedule, std::string reason) {
  return impl_->ask_for<ScheduleRow>(RemoveSchedule{schedule, std::move(reason)});
}

Result<ScheduleRow> Client::pause_schedule(ScheduleId schedule, std::string reason) {
  return impl_->ask_for<ScheduleRow>(PauseSchedule{schedule, std::move(reason)});
}

Result<ScheduleRow> Client::resume_schedule(ScheduleId schedule, std::string reason) {
  return impl_->ask_for<ScheduleRow>(ResumeSchedule{schedule, std::move(reason)});
}

Result<JobView> Client::run_schedule(ScheduleId schedule) { return impl_->ask_for<JobView>(RunSchedule{schedule}); }

Result<ScheduleRow> Client::schedule(ScheduleId schedule) const {
  return impl_->read_now<ScheduleRow>([&](const ReadView& now) { return read_schedule(now, schedule); });
}

Result<Page<ScheduleRow>> Client::list_schedules(std::uint32_t limit, std::string_view cursor,
                                                 std::string_view name) const {
  return impl_->read_page<Page<ScheduleRow>>(
      limit, [&](const ReadView& now) { return breakerd::list_schedules(now, name, limit, cursor); });
}

Result<JobView> Client::job(JobId job) const {
  auto found = impl_->read_now<JobView>([&](const ReadView& now) { return read_job(now, job); });
  if (found) show_lease_time(*found, impl_->core().lease_times());
  return found;
}

Result<JobWhy> Client::why(JobId job) const {
  const OutsideState outside{impl_->clock().wall(), should_allow_request(),
                             impl_->core().lease_times().find(job).value_or(no_time),
                             [this](const LimitName& name) { return impl_->core().lease_times().limits.of(name); },
                             impl_->core().lease_times().ramp_free_at};
  return impl_->read_now<JobWhy>([&](const ReadView& now) { return read_why(now, job, outside); });
}

Result<Page<WorkerView>> Client::list_workers(std::uint32_t limit, std::string_view cursor) const {
  return impl_->read_page<Page<WorkerView>>(limit, [&](const ReadView& now) {
    return breakerd::list_workers(now, impl_->core().lease_times().workers(cursor, limit));
  });
}

Result<CampaignView> Client::create_campaign(CreateCampaign command) {
  return impl_->ask_for<CampaignView>(std::move(command));
}

Result<CampaignView> Client::change_campaign(CampaignId campaign, CampaignAction action) {
  return impl_->ask_for<CampaignView>(ChangeCampaign{campaign, std::move(action)});
}

Result<CampaignView> Client::campaign(CampaignId campaign) const {
  auto found = impl_->read_now<CampaignView>([&](const ReadView& now) { return read_campaign(now, campaign); });
  if (found) found->pace = impl_->core().paces().of(*found);
  return found;
}

Result<Page<JobView>> Client::list_jobs(const JobFilter& filter, std::uint32_t limit, std::string_view cursor) const {
  auto page = impl_->read_page<Page<JobView>>(
      limit, [&](const ReadView& now) { return breakerd::list_jobs(now, filter, limit, cursor); });
  if (page)
    for (JobView& job : page->items) show_lease_time(job, impl_->core().lease_times());
  return page;
}

Result<Page<CampaignView>> Client::list_campaigns(std::optional<CampaignStatus> status, std::uint32_t limit,
                                                  std::string_view cursor) const {
  auto page = impl_->read_page<Page<CampaignView>>(
      limit, [&](const ReadView& now) { return breakerd::list_campaigns(now, status, limit, cursor); });
  if (page)
    for (CampaignView& campaign : page->items) campaign.pace = impl_->core().paces().of(campaign);
  return page;
}

Result<HoldsAnswer> Client::resume_queue(std::string reason, std::optional<Plan> plan) {
  return impl_->ask_for<HoldsAnswer>(ResumeQueue{std::move(reason), std::move(plan)});
}

Result<HoldsAnswer> Client::pause_campaigns_for_service(std::string service, std::string reason) {
  return impl_->ask_for<HoldsAnswer>(PauseCampaignsForService{std::move(service), std::move(reason)});
}

Result<HoldsAnswer> Client::resume_campaigns_for_service(std::string service, std::string reason) {
  return impl_->ask_for<HoldsAnswer>(ResumeCampaignsForService{std::move(service), std::move(reason)});
}

Result<EventPage> Client::read_events(Seq from, std::uint32_t limit, const EventFilter& filter) const {
  return impl_->read_page<EventPage>(
      limit, [&](const ReadView& now) { return breakerd::read_events(now, from, limit, filter); });
}

Result<EventPage> Client::job_history(JobId job, Seq from, std::uint32_t limit) const {
  return impl_->read_page<EventPage>(limit, [&](const ReadView& now) -> Result<EventPage> {
    if (auto known = read_job(now, job); !known) return known.error();
    return breakerd::read_events(now, from, limit, {{}, Stream{StreamKind::job, job, {}}.to_string()});
  });
}

}  // namespace breakerd
