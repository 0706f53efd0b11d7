#pragma once
// Lines for the operator, with how much they matter.

#include <functional>
#include <string>

namespace breakerd {

enum class LineLevel {
  info,  ///< something happened as it should
  warn,  ///< somebody should look
};

/// Called from any thread. Must not throw.
using LineSink = std::function<void(LineLevel, const std::string&)>;

}  // namespace breakerd
