#!/usr/bin/env bash
# Every planted defect of the simulation still applies to the tree, says what it is, and there are enough of them.
# Usage: planted_test.sh ROOT
# First the check is checked: patches planted in a tree of its own that must be refused, and one that must not.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/planting_lib.sh"

least=40

# check_planted TREE [LEAST]
check_planted() {
  local sources=$1 least=${2:-1} ok=0 count=0 patch line
  while IFS= read -r patch; do
    count=$((count + 1))
    for line in defect promise 'shows when'; do
      grep -q "^# $line: ." "$patch" || { echo "$patch: has no line '# $line: '"; ok=1; }
    done
    # Above the tree nothing counts as a repository: git apply then takes the paths from here.
    (cd "$sources" && GIT_DIR=/nonexistent git apply --check "$patch" 2>&1) || { echo "$patch: does not apply"; ok=1; }
  done < <(find "$sources/tests/simulation/planted" -name '*.patch')
  ((count >= least)) || { echo "$count planted defects, and $least are wanted"; ok=1; }
  return $ok
}

# plant_patch LINE...: a file, and a patch that has these lines before its change.
plant_patch() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/tests/simulation/planted" "$tree/events"
  printf '%s\n' one two three >"$tree/events/a.cpp"
  {
    printf '%s\n' "$@"
    printf '%s\n' 'diff --git a/events/a.cpp b/events/a.cpp' '--- a/events/a.cpp' '+++ b/events/a.cpp' \
      '@@ -1,3 +1,3 @@' ' one' '-two' '+2' ' three'
  } >"$tree/tests/simulation/planted/a.patch"
}
named=('# defect: a' '# promise: b' '# shows when: c')

plant_patch "${named[@]}"
must_accept check_planted 'a patch that applies'
for left_out in 0 1 2; do
  lines=("${named[@]}")
  lines[left_out]='# nothing'
  plant_patch "${lines[@]}"
  must_refuse check_planted "a patch without ${named[left_out]}"
done
plant_patch "${named[@]}"
printf '%s\n' one 2 three >"$tree/events/a.cpp"
must_refuse check_planted 'a patch that no longer applies'
rm -rf "${tree:?}"/*
mkdir -p "$tree/tests/simulation/planted"
must_refuse check_planted 'no patch at all'

# A test that ends within such a function must leave what the function has named `tree`.
mkdir "$tree/of_another"
bash -c 'source "$1"; end_here() { local tree=$1; exit; }; end_here "$2"' _ "$here/planting_lib.sh" "$tree/of_another"
[[ -d $tree/of_another ]] || { echo "a test of the house removes a tree that it has not made"; failed=1; }

check_planted "$1" "$least" || failed=1
exit $failed
