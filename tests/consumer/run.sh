#!/usr/bin/env bash
# Installs breakerd from its build directory, builds the consumer program and the README's against what was installed,
# and runs the former; what it leaves must pass `breakerctl verify`.
# Usage: run.sh BUILD_DIR, where breakerd is already built. CMAKE and CXX name the tools (default: cmake, c++); CONSUMER
# is what to run the program with, for instance a valgrind command; ROUNDS how long its threads work.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=$(cd "$1" && pwd)
cmake=${CMAKE:-cmake}

work=$build_dir/tests/consumer
rm -rf "$work"
mkdir -p "$work/readme"

# readme_block LANGUAGE NUMBER: that block of the language in the README's section for C++ programs.
readme_block() {
  awk -v fence='```'"$1" -v number="$2" '
    /^## / { section = ($0 == "## In a C++ program") }
    inside && $0 == "```" { inside = 0 }
    inside && count == number { print }
    section && $0 == fence { inside = 1; ++count }' "$source_dir/../../README.md"
}
readme_block cmake 1 >"$work/readme/link.cmake"
readme_block cpp 1 >"$work/readme/program.cpp"
readme_block cpp 2 >"$work/readme/follow.cpp"
[[ -z $(readme_block cpp 3) ]] || { echo "README.md has a block of C++ that is not built here"; exit 1; }
for file in "$work"/readme/*; do
  [[ -s $file ]] || { echo "README.md has no $(basename "$file") any more"; exit 1; }
done

"$cmake" --install "$build_dir" --prefix "$work/prefix" >"$work/install.log" || {
  cat "$work/install.log"
  exit 1
}
cmp "$source_dir/../../LICENSE" "$work/prefix/share/doc/breakerd/LICENSE"
# Nothing but the prefix may be found: a consumer has no breakerd sources.
"$cmake" -G Ninja -S "$source_dir" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DCMAKE_CXX_COMPILER="${CXX:-c++}" -DREADME_CODE="$work/readme"
"$cmake" --build "$work/build"
# shellcheck disable=SC2086 # CONSUMER may be several words
${CONSUMER-} "$work/build/consumer" "$work/data" ${ROUNDS-}
"$work/prefix/bin/breakerctl" verify --data-dir "$work/data"
