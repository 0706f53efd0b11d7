#pragma once
// What the stories say of breakerd, and how they find out that it is not so. Any thread; a failed check throws.

#include <breakerd/client.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <source_location>
#include <stdexcept>
#include <string>
#include <vector>

namespace consumer {

/// Nothing here takes anywhere near as long: who waits for longer waits for something that does not come.
inline constexpr std::chrono::seconds patience{60};

[[noreturn]] void fail(const std::string& what, const std::source_location& where);

inline void check(bool holds, const std::string& what,
                  const std::source_location& where = std::source_location::current()) {
  if (!holds) fail(what, where);
}

/// The value of a result that must not be an error.
template <class T>
T must(breakerd::Result<T> result, const std::source_location& where = std::source_location::current()) {
  if (!result)
    fail("unexpected error: " + std::string{to_string(result.error().code)} + ": " + result.error().detail, where);
  return std::move(*result);
}

/// The error of a result that must be this one, with something said for a person.
template <class T>
breakerd::Error refused(const breakerd::Result<T>& result, breakerd::ErrorCode code,
                        const std::source_location& where = std::source_location::current()) {
  if (result) fail("not refused; expected " + std::string{to_string(code)}, where);
  if (result.error().code != code || result.error().detail.empty())
    fail("refused as " + std::string{to_string(result.error().code)} + " (" + result.error().detail + "); expected " +
             std::string{to_string(code)},
         where);
  return result.error();
}

/// The one form of answer that a command has.
template <class R>
R reply(breakerd::Outcome outcome, const std::source_location& where = std::source_location::current()) {
  auto any = must(std::move(outcome), where);
  if (!std::holds_alternative<R>(any)) fail("the answer has another form", where);
  return std::get<R>(std::move(any));
}

/// What a subscription has delivered.
class Heard {
 public:
  void add(const breakerd::CommittedEvent& event);

  /// Waits until an event of this type and job (0: any) was delivered.
  void wait_for(std::string_view type, breakerd::JobId job = 0,
                const std::source_location& where = std::source_location::current());
  /// Waits until the event `last` was delivered; then each one after `after` must have been, once and in order.
  void check_all(breakerd::Seq after, breakerd::Seq last,
                 const std::source_location& where = std::source_location::current());
  [[nodiscard]] std::vector<std::string_view> types() const;

 private:
  template <class Condition>
  void wait(Condition condition, const std::string& what, const std::source_location& where);

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::vector<breakerd::CommittedEvent> events_;
};

breakerd::JobSpec job_of(std::string type, breakerd::CampaignId campaign = {});
breakerd::LeaseJobs lease_of(std::string type, std::uint32_t max = 1);

/// Leases the one job of this type that is waiting.
breakerd::LeasedJob lease_one(breakerd::Client& client, const std::string& type,
                              const std::source_location& where = std::source_location::current());

}  // namespace consumer
