#pragma once
// What is promised of holds on jobs (docs/http-api.md, "Holds on jobs"): no job that one covers is leased while it is
// there, and the list shows those that there are with what they keep back.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

class JobHolds {
 public:
  using Complain = std::function<void(std::string)>;
  explicit JobHolds(Complain complain) : complain_{std::move(complain)} {}

  /// The next event of the log.
  void take(const nlohmann::json& event);
  bool any() const { return !holds_.empty(); }
  /// How many holds cover the job.
  std::size_t on(std::uint64_t job) const;
  /// The event since which no hold covers the job; 0: none ever did. Of one that is held it is later than any.
  std::uint64_t free_since(std::uint64_t job) const;
  /// The list, as it is shown at rest.
  void compare(const nlohmann::json& shown, const History& history, const Times& times) const;

 private:
  struct Class {
    std::string job_type;
    std::string service;
    std::string campaign;
  };
  struct Hold {
    Class jobs;
    std::uint64_t ended = 0;  ///< the event that lifted it

    bool covers(const Class& other) const;
  };

  Complain complain_;
  std::map<std::uint64_t, Class> classes_;  ///< of all jobs
  std::map<std::uint64_t, Hold> holds_;     ///< those that are there
  std::vector<Hold> lifted_;
};

}  // namespace breakerd::simulation
