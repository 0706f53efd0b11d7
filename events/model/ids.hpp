#pragma once
// Identifiers of the domain. Plain values; safe to use from any thread.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace breakerd {

/// Position of an event in the log. Dense, starts at 1; 0 means "none".
using Seq = std::uint64_t;

/// How often the circuit has opened. 0 before the first opening.
using Epoch = std::uint64_t;

/// Jobs are numbered in order of arrival, from 1; 0 means "none".
using JobId = std::uint64_t;

/// Schedules are numbered in the order they were created, from 1; 0 means "none".
using ScheduleId = std::uint64_t;

/// Place of a hold or of a campaign's start in the order the queue saw them (see queue_state.hpp).
using Ordinal = std::uint64_t;

/// A 128-bit identifier; the nil value (all zero) means "none".
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;  // NOLINT(modernize-use-nullptr): no pointer here
  [[nodiscard]] bool is_nil() const noexcept { return *this == Uuid{}; }

  /// The canonical form of RFC 9562, lower case, 36 characters.
  [[nodiscard]] std::string to_string() const;
  void append_to(std::string& out) const;

  /// Takes the canonical form in either case; nullopt for anything else.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;

  /// Version 7 (RFC 9562, section 5.7): sorts by `unix_ms`, the rest is taken from `random`.
  [[nodiscard]] static Uuid v7(std::uint64_t unix_ms, const std::array<std::uint8_t, 10>& random) noexcept;
};

using CampaignId = Uuid;

/// Names one attempt to change the log, however often it is repeated: whoever asks for it draws the id once.
using OperationId = Uuid;

/// A lane holds the jobs of one campaign and has its id; the nil lane holds the jobs of no campaign.
using LaneId = Uuid;

/// SHA-256 of a lease token, cut to 128 bits. The log keeps this; only the worker has the token.
using TokenDigest = std::array<std::uint8_t, 16>;

}  // namespace breakerd

template <>
struct std::hash<breakerd::Uuid> {
  std::size_t operator()(const breakerd::Uuid& id) const noexcept;
};
