#pragma once
// What the clients know: what was asked, what was acknowledged, and so what must be there whatever happens to the
// daemon. What was asked but not answered may or may not be there. Every member may be used by any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace breakerd::integration {

using JobId = std::uint64_t;

/// An order to enqueue: `count` jobs of one payload key, numbered by "i". All of them or none.
struct Order {
  std::size_t count = 0;
  std::string campaign;
  bool acknowledged = false;
  JobId first = 0;  ///< when acknowledged
};

struct JobFacts {
  std::string end;              ///< acknowledged: COMPLETED, FAILED or CANCELLED
  std::string result;           ///< of COMPLETED, acknowledged
  std::uint64_t end_known = 0;  ///< since when, by Facts::clock
  std::set<std::string> results_tried;
  unsigned failures = 0;        ///< of its own, acknowledged
  unsigned failures_tried = 0;  ///< asked, with those acknowledged
  bool cancel_tried = false;
  bool brief = false;  ///< leased for so short a time that the lease may be over
  std::string holder;  ///< the worker whose long lease was acknowledged, and who asked for no end of it yet
};

/// How an order ended, for who gave it.
enum class Outcome {
  done,
  refused,  ///< nothing was done
  unknown,
};

/// Yes and no are acknowledged; maybe: asked.
enum class Known { no, maybe, yes };

struct CampaignFacts {
  std::string name;
  Known started = Known::no;
  Known sealed = Known::no;
  Known paused = Known::no;  ///< by hand
  std::string end;           ///< acknowledged: FAILED or CANCELLED
  std::set<std::string> ends_tried;
};

/// An opening or a close, and the time it may have happened in.
struct CircuitFact {
  bool opening = false;
  bool acknowledged = false;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct Facts {
  std::map<std::string, Order> orders;             ///< by key
  std::map<JobId, JobFacts> jobs;                  ///< that an answer has named
  std::map<std::string, CampaignFacts> campaigns;  ///< by id
  std::set<std::string> campaigns_tried;           ///< names of those asked for and not answered
  std::vector<CircuitFact> circuit;
  std::uint64_t epoch = 0;  ///< the highest seen
  std::uint64_t clock = 0;  ///< orders what was asked and what was answered
};

class Ledger {
 public:
  /// The facts, for one thread while `lock` lives.
  struct Access {
    std::unique_lock<std::mutex> lock;
    Facts& facts;
    Facts* operator->() { return &facts; }
  };
  [[nodiscard]] Access open() { return {std::unique_lock{mutex_}, facts_}; }

  /// Something that must not be. Kept for the parent; the first ones are printed.
  void complain(const std::string& what);
  [[nodiscard]] std::size_t complaints() const;

  /// An opening or a close is about to be asked for; gives what to settle it by.
  [[nodiscard]] std::size_t begin_circuit(bool opening);
  void end_circuit(std::size_t which, Outcome outcome);

  /// After any refusal of what a worker asked of a leased job: whether something that was asked explains that the
  /// lease is gone.
  [[nodiscard]] bool may_have_ended(JobId job, const std::string& campaign);

  /// A job's end was acknowledged.
  void note_end(JobId job, const std::string& end, const std::string& result = {});

 private:
  mutable std::mutex mutex_;
  Facts facts_;
  std::size_t complaints_ = 0;
};

}  // namespace breakerd::integration
