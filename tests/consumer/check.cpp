#include "check.hpp"

#include <algorithm>

namespace consumer {

using breakerd::CommittedEvent;

void fail(const std::string& what, const std::source_location& where) {
  throw std::runtime_error{std::string{where.file_name()} + ":" + std::to_string(where.line()) + ": " + what};
}

void Heard::add(const CommittedEvent& event) {
  const std::lock_guard lock{mutex_};
  events_.push_back(event);
  more_.notify_all();
}

template <class Condition>
void Heard::wait(Condition condition, const std::string& what, const std::source_location& where) {
  std::unique_lock lock{mutex_};
  if (!more_.wait_for(lock, patience, condition)) fail("waited in vain for " + what, where);
}

void Heard::wait_for(std::string_view type, breakerd::JobId job, const std::source_location& where) {
  const auto is_it = [&](const CommittedEvent& event) {
    return type_name(event.event.data) == type && (job == 0 || stream_of(event.event.data).job == job);
  };
  wait([&] { return std::any_of(events_.begin(), events_.end(), is_it); }, std::string{type}, where);
}

void Heard::check_all(breakerd::Seq after, breakerd::Seq last, const std::source_location& where) {
  wait([&] { return last == after || (!events_.empty() && events_.back().seq >= last); }, std::to_string(last), where);
  const std::lock_guard lock{mutex_};
  check(events_.size() == last - after,
        std::to_string(events_.size()) + " events were delivered of " + std::to_string(last - after), where);
  for (std::size_t i = 0; i < events_.size(); ++i)
    check(events_[i].seq == after + 1 + i, "delivered out of order: " + std::to_string(events_[i].seq), where);
}

std::vector<std::string_view> Heard::types() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string_view> types;
  for (const CommittedEvent& event : events_) types.push_back(type_name(event.event.data));
  return types;
}

breakerd::JobSpec job_of(std::string type, breakerd::CampaignId campaign) {
  breakerd::JobSpec spec;
  spec.job_type = std::move(type);
  spec.payload = R"({"to":"zoë@example.org"})";
  spec.campaign = campaign;
  return spec;
}

breakerd::LeaseJobs lease_of(std::string type, std::uint32_t max) {
  breakerd::LeaseJobs command;
  command.worker = "consumer";
  command.max = max;
  command.job_types = {std::move(type)};
  return command;
}

breakerd::LeasedJob lease_one(breakerd::Client& client, const std::string& type, const std::source_location& where) {
  auto answer = must(client.lease(lease_of(type)), where);
  check(answer.jobs.size() == 1, "a waiting job of type " + type + " was not leased", where);
  return std::move(answer.jobs.front());
}

}  // namespace consumer
