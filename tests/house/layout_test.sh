#!/usr/bin/env bash
# The tree has the folders and files it should, and no file outgrows its bounds. Usage: layout_test.sh ROOT
# First the check is checked on a tree of its own.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/layout_lib.sh"
source "$here/planting_lib.sh"

plant_good() {
  rm -rf "$tree"
  local path
  mkdir -p "$tree/.ci"
  for path in "${top_folders[@]}"; do
    mkdir -p "$tree/$path"
    printf '#pragma once\n' >"$tree/$path/a.hpp"
  done
  for path in "${top_files[@]}"; do : >"$tree/$path"; done
  for path in "${readme_folders[@]}"; do
    mkdir -p "$tree/$path"
    echo 'Begin with `events/a.hpp`, then `*.hpp`.' >"$tree/$path/README.md"
    printf '#pragma once\n' >"$tree/$path/a.hpp"
  done
}
refuses() { must_refuse check_layout "$1"; }

plant_good
must_accept check_layout "a good tree"
mkdir "$tree/src" && touch "$tree/src/a.cpp"
refuses "a new top-level folder"
plant_good && rm "$tree/CHANGELOG.md"
refuses "a missing document"
plant_good && rm -r "$tree/docs"
refuses "a missing folder"
plant_good && seq $((source_lines_max + 1)) >"$tree/http/long.cpp"
refuses "a file that is too long"
plant_good && rm "$tree/http/edge/README.md"
refuses "a folder without a README"
plant_good && : >"$tree/tests/house/README.md"
refuses "an empty README"
plant_good && seq $((readme_lines_max + 1)) >"$tree/events/README.md"
refuses "a README that is too long"
plant_good && echo 'Begin with `b.hpp`.' >"$tree/storage/README.md"
refuses "a README that names a file that is not there"
plant_good && echo 'Rules: `b_*.hpp`.' >"$tree/storage/README.md"
refuses "a README with a pattern that fits no file"
plant_good && echo 'int x;' >"$tree/events/unguarded.hpp"
refuses "a header without #pragma once"
plant_good && echo "// TO""DO" >"$tree/events/later.cpp"
refuses "work left over"
plant_good && touch "$tree/http/a.o"
refuses "a file that was made"

check_layout "$1" || failed=1
exit $failed
