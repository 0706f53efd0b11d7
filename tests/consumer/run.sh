#!/usr/bin/env bash
# Installs breakerd from its build directory, builds the consumer program against what was installed, and runs it.
# Usage: run.sh BUILD_DIR, where breakerd is already built. CMAKE and CXX name the tools (default: cmake, c++).
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=$(cd "$1" && pwd)
cmake=${CMAKE:-cmake}

work=$build_dir/tests/consumer
rm -rf "$work"
mkdir -p "$work/data"

"$cmake" --install "$build_dir" --prefix "$work/prefix" >"$work/install.log" || {
  cat "$work/install.log"
  exit 1
}
# Nothing but the prefix may be found: a consumer has no breakerd sources.
"$cmake" -S "$source_dir" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_COMPILER="${CXX:-c++}"
"$cmake" --build "$work/build"
"$work/build/consumer" "$work/data"
