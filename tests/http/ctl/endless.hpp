#pragma once
// For jobs whose command has to be ended.

#include <string>

namespace breakerd::ctl::test {

/// A shell's command that does not end by itself, or long after any test.
inline const std::string endless = "sleep 300";

}  // namespace breakerd::ctl::test
