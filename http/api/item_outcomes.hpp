#pragma once
// What became of the items of one call. What went wrong with one item is that item's result. What befell the writing is
// the whole call's: then no item's result is told, because some of them are not known.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

class ItemOutcomes {
 public:
  void add(JobId job) { items_.push_back({job, JobStatus::pending, std::nullopt}); }

  /// Of item `i`, once; a success is a JobView.
  void take(std::size_t i, Outcome&& outcome);
  /// The same, as a refusal.
  void refuse(std::size_t i, std::string code, std::string detail);
  /// Something was done, whatever the items say.
  void note_change() { any_done_ = true; }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  /// How many are done.
  [[nodiscard]] std::size_t done() const { return done_; }
  /// What befell the whole call; nothing: write() tells of all. It does not say that nothing was done when something
  /// was.
  [[nodiscard]] std::optional<Error> failure() const;

  /// An array, in the order of the items: `id` and `status`, or `id`, `code`, `job_status` and `detail`.
  void write(JsonWriter& json) const;

 private:
  struct Refusal {
    std::string code;
    std::string job_status;
    std::string detail;
  };
  struct Item {
    JobId job = 0;
    JobStatus status{};
    std::optional<Refusal> refusal;
  };

  std::vector<Item> items_;
  std::size_t done_ = 0;
  bool any_done_ = false;
  std::optional<Error> failure_;
};

}  // namespace breakerd::http
