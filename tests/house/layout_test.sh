#!/usr/bin/env bash
# The tree has the folders and files it should, and no file outgrows its bounds. Usage: layout_test.sh ROOT
# First the check is checked on a tree of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/layout_lib.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

plant_good() {
  rm -rf "$tree"
  local path
  mkdir -p "$tree/.ci"
  for path in "${top_folders[@]}"; do
    mkdir -p "$tree/$path"
    printf '#pragma once\n' >"$tree/$path/a.hpp"
  done
  for path in "${top_files[@]}"; do : >"$tree/$path"; done
}
refuses() {
  if check_layout "$tree" >/dev/null; then
    echo "the check missed: $1"
    failed=1
  fi
}

plant_good
check_layout "$tree" || { echo "the check refuses a good tree"; failed=1; }
mkdir "$tree/src" && touch "$tree/src/a.cpp"
refuses "a new top-level folder"
plant_good && rm "$tree/CHANGELOG.md"
refuses "a missing document"
plant_good && rm -r "$tree/docs"
refuses "a missing folder"
plant_good && seq $((source_lines_max + 1)) >"$tree/http/long.cpp"
refuses "a file that is too long"
plant_good && echo 'int x;' >"$tree/events/unguarded.hpp"
refuses "a header without #pragma once"
plant_good && echo "// TO""DO" >"$tree/events/later.cpp"
refuses "work left over"
plant_good && touch "$tree/http/a.o"
refuses "a file that was made"

check_layout "$1" || failed=1
exit $failed
