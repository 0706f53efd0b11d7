#pragma once
// What a person at a terminal gets beyond the text: colour, local times, ages. Everything that is printed for people
// asks here; nothing of it is in --json. Pure but for of_environment() and the time zone; any thread.

#include <string>
#include <string_view>

#include <breakerd/events/model/time.hpp>

namespace breakerd::ctl {

enum class Tone { plain, good, bad, caution, faint, strong };

class Terminal {
 public:
  /// No terminal: no colour, and times as the daemon says them, in UTC.
  Terminal() = default;
  /// A terminal. `colour`: whether it takes escape sequences; `now`: what ages are reckoned to.
  Terminal(bool colour, Time now) : is_terminal_{true}, colour_{colour}, now_{now} {}

  /// With colour unless NO_COLOR is there and not empty (no-color.org), or TERM is "dumb" or not there. `now` as above.
  [[nodiscard]] static Terminal of_environment(bool is_terminal, Time now);

  /// The same, for text whose control characters are escaped later.
  [[nodiscard]] Terminal without_colour() const { return is_terminal_ ? Terminal{false, now_} : Terminal{}; }

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// `text`, which is printable already, in a tone.
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;
  /// The status of a circuit, job or campaign in its own tone, e.g. FAILED in `bad`.
  [[nodiscard]] std::string paint_status(std::string_view status) const;

  /// A time of the daemon (RFC 3339) for people: "2026-11-23 23:14:05 CET" in the zone of this process (TZ). What is no
  /// time, and everything where there is no terminal, comes back as it is.
  [[nodiscard]] std::string time(std::string_view rfc3339) const;
  /// The same with its age: "2026-11-23 23:14:05 CET (3m ago)".
  [[nodiscard]] std::string time_and_age(std::string_view rfc3339) const;

 private:
  bool is_terminal_ = false;
  bool colour_ = false;
  Time now_ = no_time;
};

/// A length of time in its two largest units: "12s", "3m 5s", "2h", "4d 7h". What is negative reads as 0s.
[[nodiscard]] std::string duration_text(Duration duration);

}  // namespace breakerd::ctl
