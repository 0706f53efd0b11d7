// Campaigns and holds by blocking calls.

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

CampaignId started(Client& client, const std::string& name) {
  CreateCampaign command;
  command.name = name;
  const CampaignId id = must(client.create_campaign(command)).id;
  check(must(client.change_campaign(id, StartCampaign{})).status == CampaignStatus::running, name + " was started");
  return id;
}

CampaignStatus status_of(Client& client, const CampaignId& id) { return must(client.campaign(id)).status; }

void from_created_to_completed(Client& client) {
  CreateCampaign command{"autumn", "letters", R"({"owner":"zoë"})"};
  const CampaignView made = must(client.create_campaign(command));
  check(made.status == CampaignStatus::created && made.row.created_by == "consumer",
        "a new campaign waits for its start");
  const JobId id = must(client.enqueue(job_of("letter", made.id))).row.id;
  check(must(client.lease(lease_of("letter"))).jobs.empty(), "jobs of a CREATED campaign wait");

  UpdateCampaign update;
  update.name = "winter";
  const CampaignView renamed = must(client.change_campaign(made.id, update));
  check(renamed.row.name == "winter" && renamed.row.description == "letters", "only what was given changes");
  must(client.change_campaign(made.id, StartCampaign{}));
  refused(client.change_campaign(made.id, StartCampaign{}), ErrorCode::wrong_state);

  must(client.change_campaign(made.id, PauseCampaign{"lunch"}));
  check(must(client.job(id)).status == JobStatus::paused, "jobs of a paused campaign read PAUSED");
  check(must(client.lease(lease_of("letter"))).jobs.empty(), "and are not leased");
  check(must(client.change_campaign(made.id, ResumeCampaign{})).status == CampaignStatus::running, "resumed");

  must(client.change_campaign(made.id, SealCampaign{}));
  refused(client.enqueue(job_of("letter", made.id)), ErrorCode::sealed);
  auto leased = lease_one(client, "letter");
  must(client.complete(id, leased.token));
  const CampaignView end = must(client.campaign(made.id));
  check(end.status == CampaignStatus::completed && end.job_counts.completed == 1,
        "sealed and done: COMPLETED by itself");
  refused(client.change_campaign(made.id, FailCampaign{"late"}), ErrorCode::wrong_state);
}

void failed_and_cancelled(Client& client) {
  const CampaignId failed = started(client, "to fail");
  const JobId id = must(client.enqueue(job_of("letter", failed))).row.id;
  check(must(client.change_campaign(failed, FailCampaign{"wrong list"})).status == CampaignStatus::failed, "failed");
  check(must(client.job(id)).status == JobStatus::cancelled, "its jobs ended with it");
  const CampaignId cancelled = started(client, "to cancel");
  const CampaignView end = must(client.change_campaign(cancelled, CancelCampaign{"not needed"}));
  check(end.status == CampaignStatus::cancelled && end.status_message.find("not needed") != std::string::npos,
        "cancelled");
  const CampaignId unknown = *Uuid::parse("0198c0de-0000-7000-8000-000000000001");
  refused(client.campaign(unknown), ErrorCode::not_found);
  refused(client.change_campaign(unknown, StartCampaign{}), ErrorCode::not_found);
  refused(client.create_campaign({{}, {}, {}}), ErrorCode::invalid);
  refused(client.create_campaign({"name", {}, "[1]"}), ErrorCode::invalid);
}

/// The circuit's hold outlives the circuit; only resume_queue() lifts it, and never what a person has paused.
void held_by_the_circuit(Client& client) {
  const CampaignId running = started(client, "running");
  const CampaignId by_hand = started(client, "by hand");
  must(client.change_campaign(by_hand, PauseCampaign{"lunch"}));
  must(client.record_failure("429 Too Many Requests", "rate_limit", "apollo"));
  const CampaignView held = must(client.campaign(running));
  check(held.status == CampaignStatus::paused, "a running campaign reads PAUSED under an open circuit");
  check(held.status_message == "Paused: circuit breaker opened by apollo: 429 Too Many Requests", held.status_message);
  refused(client.resume_queue(), ErrorCode::circuit_open);
  refused(client.change_campaign(running, ResumeCampaign{}), ErrorCode::circuit_open);
  refused(client.resume_campaigns_for_service("apollo"), ErrorCode::circuit_open);

  must(client.manually_close_circuit("alice", "apollo is back"));
  check(status_of(client, running) == CampaignStatus::paused, "closing the circuit resumes no campaign");
  refused(client.change_campaign(running, ResumeCampaign{}), ErrorCode::held);
  const HoldsAnswer lifted = must(client.resume_queue());
  check(lifted.campaigns_resumed == 1 && lifted.campaigns_skipped == 1 && lifted.campaigns_eligible == 2, "resumed");
  check(status_of(client, running) == CampaignStatus::running, "the held one runs");
  check(status_of(client, by_hand) == CampaignStatus::paused, "the one paused by hand stays paused");
  must(client.change_campaign(running, SealCampaign{}));
  must(client.change_campaign(by_hand, CancelCampaign{"done"}));
}

void held_for_a_service(Client& client) {
  const CampaignId running = started(client, "running");
  check(must(client.pause_campaigns_for_service("Hermes", "quota")).campaigns_paused == 1, "one was running");
  check(client.should_allow_request(), "the circuit stays closed");
  const CampaignView held = must(client.campaign(running));
  check(held.status == CampaignStatus::paused && held.status_message.find("hermes") != std::string::npos,
        "held for it");
  check(must(client.status()).holds.size() == 1, "the hold is shown");
  check(must(client.resume_campaigns_for_service("apollo")).campaigns_resumed == 0, "another service's hold is none");
  check(must(client.resume_campaigns_for_service("hermes")).campaigns_resumed == 1, "lifted");
  check(status_of(client, running) == CampaignStatus::running, "it runs again");
  refused(client.pause_campaigns_for_service("no such label!", {}), ErrorCode::invalid);
  must(client.change_campaign(running, SealCampaign{}));
}

}  // namespace

void campaigns_by_calls(Client& client) {
  from_created_to_completed(client);
  failed_and_cancelled(client);
  held_by_the_circuit(client);
  held_for_a_service(client);
}

}  // namespace consumer
