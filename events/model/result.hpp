#pragma once
// A value, or why there is none. Not std::expected, which is newer than our C++20, nor Boost's: what a program includes
// for the client has no third party's header in it.

#include <cstdlib>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace breakerd {

/// Thrown by value() of a result that has none; says the error's detail.
class BadResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Has a T, or an E that says why not. Both convert to it, so that a function returns either. One thread at a time.
/// value() throws BadResult when there is none. `*`, `->` and error() of what is not there end the process: that is a
/// defect of the caller.
template <class T, class E>
class [[nodiscard]] ResultOf {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<T, E>);

 public:
  using value_type = T;
  using error_type = E;

  /// T's default value.
  ResultOf() requires std::is_default_constructible_v<T>
  = default;
  /// A value: anything that converts to T and is not an error.
  template <class U = T>
  requires(std::is_convertible_v<U, T> && !std::is_convertible_v<U, E> &&
           !std::is_same_v<std::remove_cvref_t<U>, ResultOf>) ResultOf(U&& value)
      : state_{std::in_place_index<0>, std::forward<U>(value)} {}      // NOLINT(google-explicit-constructor)
  ResultOf(const E& error) : state_{std::in_place_index<1>, error} {}  // NOLINT(google-explicit-constructor)
  ResultOf(E&& error) noexcept
      : state_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] bool has_error() const noexcept { return !has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& operator*() & noexcept { return *checked(std::get_if<0>(&state_)); }
  [[nodiscard]] const T& operator*() const& noexcept { return *checked(std::get_if<0>(&state_)); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(**this); }
  [[nodiscard]] T* operator->() noexcept { return checked(std::get_if<0>(&state_)); }
  [[nodiscard]] const T* operator->() const noexcept { return checked(std::get_if<0>(&state_)); }

  [[nodiscard]] T& value() & {
    need_value();
    return **this;
  }
  [[nodiscard]] const T& value() const& {
    need_value();
    return **this;
  }
  [[nodiscard]] T value() && {
    need_value();
    return std::move(**this);
  }
  [[nodiscard]] T value_or(T other) const& { return has_value() ? **this : std::move(other); }

  [[nodiscard]] E& error() & noexcept { return *checked(std::get_if<1>(&state_)); }
  [[nodiscard]] const E& error() const& noexcept { return *checked(std::get_if<1>(&state_)); }
  [[nodiscard]] E error() && { return std::move(this->error()); }

 private:
  void need_value() const {
    if (has_value()) return;
    if constexpr (requires { BadResult{error().detail}; })
      throw BadResult{error().detail};
    else
      throw BadResult{"there is no value"};
  }
  template <class Pointer>
  static Pointer checked(Pointer found) noexcept {
    if (found == nullptr) [[unlikely]]
      std::abort();
    return found;
  }

  std::variant<T, E> state_;
};

/// Done, or why not.
template <class E>
class [[nodiscard]] ResultOf<void, E> : public ResultOf<std::monostate, E> {
 public:
  using value_type = void;

  ResultOf() = default;
  ResultOf(const E& error) : ResultOf<std::monostate, E>{error} {}  // NOLINT(google-explicit-constructor)
  ResultOf(E&& error) noexcept
      : ResultOf<std::monostate, E>{std::move(error)} {}  // NOLINT(google-explicit-constructor)

  void value() const { static_cast<void>(ResultOf<std::monostate, E>::value()); }
};

}  // namespace breakerd
