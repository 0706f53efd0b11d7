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

# headers_of NAME...: what a program that includes these of ours includes with them, one path a line.
headers_of() {
  printf '#include <%s>\n' "$@" | "${CXX:-c++}" -std=c++20 -I"$work/prefix/include" -M -x c++ - | tr ' ' '\n' |
    grep '\.h\|/c++/' | sort -u
}
# lines_of: how many lines a compiler reads of the program on standard input.
lines_of() { "${CXX:-c++}" -std=c++20 -I"$work/prefix/include" -E -P -x c++ - | wc -l; }

if headers_of breakerd/client.hpp | grep -E '/(caf|boost|rocksdb|nlohmann|fmt|spdlog|openssl)/'; then
  echo "<breakerd/client.hpp> must not include these: a program pays for them in every source"
  exit 1
fi
diff <(cd "$work/prefix/include" && find breakerd -type f | sort) \
  <(headers_of breakerd/client.hpp breakerd/client_actors.hpp | sed -n "s|^$work/prefix/include/||p" | sort) || {
  echo "the installed headers (<) are not those that a program needs (>): see BreakerdInstall.cmake"
  exit 1
}
all=$(echo '#include <breakerd/client.hpp>' | lines_of)
standard=$(headers_of breakerd/client.hpp | grep "^$work/prefix/" | xargs sed -n 's/^#include <\([a-z_]*\)>$/#include <\1>/p' |
  sort -u | lines_of)
echo "<breakerd/client.hpp>: $all lines, $standard of them of the standard library"
((standard > 1000 && all - standard < 3000)) || { echo "the client's own headers have grown: more than 3,000 lines"; exit 1; }

# shellcheck disable=SC2086 # CONSUMER may be several words
${CONSUMER-} "$work/build/consumer" "$work/data" ${ROUNDS-}
"$work/prefix/bin/breakerctl" verify --data-dir "$work/data"
