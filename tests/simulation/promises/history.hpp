#pragma once
// What the events add up to, by the rules of docs/event-log.md ("What holds in every log") and docs/life-cycle.md. A
// fold of its own, written from the documents.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace breakerd::simulation {

class History {
 public:
  using Complain = std::function<void(std::string)>;
  explicit History(Complain complain) : complain_{std::move(complain)} {}

  /// What a job was after one of its events.
  struct Version {
    std::uint64_t seq = 0;
    std::string status;  ///< never PAUSED
    std::uint64_t attempts = 0;
    std::uint64_t expiries = 0;
    std::uint64_t expiries_counted = 0;
    std::uint64_t parked = 0;  ///< by this plan; 0: it is not
  };
  struct Job {
    std::string campaign;  ///< empty: none
    std::uint64_t attempts_max = 0;
    std::uint64_t expiries_max = 0;
    std::int64_t priority = 0;
    std::string worker;        ///< that holds it
    std::string token_digest;  ///< likewise
    std::vector<Version> versions;
    const Version& now() const { return versions.back(); }
    /// It waits, and nobody has put it aside.
    bool waits() const { return now().status == "PENDING" && now().parked == 0; }
  };
  struct Campaign {
    std::string name;
    std::string status;  ///< PAUSED: by an operator
    std::uint64_t ordinal = 0;
    bool sealed = false;
    std::vector<std::uint64_t> jobs;
    std::uint64_t not_ended = 0;  ///< of them
    std::uint64_t weight = 1;
  };
  struct Hold {
    std::uint64_t ordinal = 0;
    std::string kind;
    std::string service;
  };

  /// Takes the next event, as GET /api/v1/events shows it. Complains when it cannot follow.
  void take(const nlohmann::json& event);
  /// Complains about what the last event leaves owed.
  void end_of_log();

  std::uint64_t last_seq() const { return last_seq_; }
  bool open() const { return open_; }
  std::uint64_t epoch() const { return epoch_; }
  /// What the last opening, or who asked for it once more, says of jobs that workers hold; empty before the first one.
  const std::string& in_flight() const { return in_flight_; }
  const std::vector<Hold>& holds() const { return holds_; }
  const std::map<std::uint64_t, Job>& jobs() const { return jobs_; }
  const std::map<std::string, Campaign>& campaigns() const { return campaigns_; }

  /// The holds on a campaign that runs, or is paused by an operator.
  std::size_t holds_on(const Campaign& campaign) const;
  /// As the API shows them: with PAUSED.
  std::string shown_status(const Campaign& campaign) const;
  std::string shown_status(const Job& job) const;
  /// The run of a leased job goes on: nothing pauses it, or only an opening that lets runs finish.
  bool goes_on(const Job& job) const;

 private:
  void take_breaker(const std::string& type, const nlohmann::json& data);
  void take_queue(const std::string& type, const nlohmann::json& data);
  void take_campaign(const std::string& type, const nlohmann::json& data);
  void take_job(const std::string& type, const nlohmann::json& data);
  void take_failed_job(Job& job, const std::string& type);
  void park(Job& job, const std::string& type, const nlohmann::json& data);
  void enqueue(const nlohmann::json& data);
  void lease(Job& job, const nlohmann::json& data);
  void end_lease(Job& job, const std::string& type, const nlohmann::json& data, Version next);
  void end_campaign(Campaign& campaign, const std::string& status);
  void job_ended(const Job& job);
  void ascend(std::uint64_t ordinal);
  bool covered(const Campaign& campaign) const;
  void check(bool holds, const std::string& otherwise);

  Complain complain_;
  std::uint64_t last_seq_ = 0;
  std::string at_;          ///< the event at hand, for sentences
  std::string owed_;        ///< the type of event that must come next; empty: any
  bool returning_ = false;  ///< the opening or failure before named a job, which may be returned here
  bool open_ = false;
  std::uint64_t epoch_ = 0;
  std::string in_flight_;
  std::uint64_t last_ordinal_ = 0;
  std::vector<Hold> holds_;
  std::map<std::uint64_t, Job> jobs_;
  std::map<std::string, Campaign> campaigns_;
};

}  // namespace breakerd::simulation
