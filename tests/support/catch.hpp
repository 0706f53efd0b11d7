#pragma once
// Catch2 in either of its forms: v2 (one header; Debian 12) and v3 (a library; Debian 13, Ubuntu 24.04). Tests include
// this and nothing else of Catch2. Beyond what both share it gives, on either:
//   Approx                                         without its namespace
//   Catch::Matchers::ContainsSubstring(text)       v3's name for v2's Contains(text)

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

using Catch::Approx;

#else

#include <catch2/catch.hpp>

namespace Catch::Matchers {

inline StdString::ContainsMatcher ContainsSubstring(const std::string& text,
                                                    CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
  return Contains(text, sensitivity);
}

}  // namespace Catch::Matchers

#endif
