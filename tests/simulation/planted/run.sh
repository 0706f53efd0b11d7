#!/usr/bin/env bash
# Builds the simulation with one planted defect after the other, and says how many seeds it takes to find each.
# Usage: run.sh [--seeds N] [--result FILE] [NAME...]
# Without names: all, and then the run fails when fewer were found than must be. A patch that does not apply or does not
# compile fails the run always, and so does a simulation that finds something without a defect, or that does not find
# the canary. Works on a copy of the tree, in build/planted.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
copy=$root/build/planted/src
simulate=$copy/build/release/simulate

seeds=10000
missed_max=2
result=$root/build/planted/result.tsv
names=()
while (($#)); do
  case $1 in
    --seeds) seeds=${2:?--seeds: expected how many}; shift 2 ;;
    --result) result=${2:?--result: expected a file}; shift 2 ;;
    -*) echo "planted: unknown option: $1" >&2; exit 2 ;;
    *) names+=("$1"); shift ;;
  esac
done
[[ $seeds =~ ^[1-9][0-9]*$ ]] || { echo "planted: --seeds: expected a number from 1: $seeds" >&2; exit 2; }

say() { printf '%s\n' "$*" >&2; }
die() { say "planted: $*"; exit 1; }

# The copy is a tree of its own: without this git would look for the paths in the repository around it.
apply() { (cd "$copy" && GIT_CEILING_DIRECTORIES=$root/build git apply "$@"); }

# A run before may have left objects of patched files, which are newer than the files: those are compiled anew.
make_copy() {
  mkdir -p "$copy"
  find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  (cd "$root" && git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
    xargs -0 cp --parents --preserve=timestamps -t "$copy")
  (cd "$copy" && find "$here" -name '*.patch' -exec sed -n 's|^+++ b/||p' {} + | sort -u | xargs touch --no-create)
}

build() {
  (cd "$copy" && cmake --preset release && cmake --build --preset release --target simulate) \
    >"$root/build/planted/build.log" 2>&1
}

plant() {
  apply --check "$1" || die "$1 no longer applies"
  apply "$1"
  build || { tail -n 40 "$root/build/planted/build.log" >&2; die "$1 does not compile: see build/planted/build.log"; }
}

unplant() { apply --reverse "$1"; }

run_seeds() {
  "$simulate" --seeds "1..$1" --until-failure --no-shrinking --jobs "$(nproc)" >"$root/build/planted/run.log" 2>&1
}

# "SEED<TAB>SENTENCE" of the first seed that failed.
first_failure() {
  awk '/^seed [0-9]+ failed:/ {seed = $2; getline; sub(/^ +/, ""); print seed "\t" $0; exit}' "$root/build/planted/run.log"
}

all_patches() { find "$here" -name '*.patch' ! -name canary.patch | LC_ALL=C sort; }

patches=()
if ((${#names[@]})); then
  for name in "${names[@]}"; do
    patch=$(find "$here" -name "$name.patch")
    [[ -n $patch ]] || die "there is no planted defect $name"
    patches+=("$patch")
  done
else
  mapfile -t patches < <(all_patches)
fi

mkdir -p "$root/build/planted"
make_copy
for patch in "$here/canary.patch" "${patches[@]}"; do
  apply --check "$patch" || die "$patch no longer applies"
done
say "building without a defect"
build || { tail -n 40 "$root/build/planted/build.log" >&2; die "the tree does not build"; }
run_seeds 200 || { cat "$root/build/planted/run.log" >&2; die "a seed fails without a planted defect"; }

found=0
missed=()
: >"$result"
for patch in "$here/canary.patch" "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  plant "$patch"
  if run_seeds "$seeds"; then
    [[ $name != canary ]] || die "the canary was not found: the simulation finds nothing"
    missed+=("$name")
    printf '%s\t-\tnot found in %s seeds\n' "$name" "$seeds" | tee -a "$result"
  else
    failure=$(first_failure)
    [[ -n $failure ]] || { cat "$root/build/planted/run.log" >&2; die "the simulation with $name did not run"; }
    [[ $name == canary ]] || found=$((found + 1))
    printf '%s\t%s\n' "$name" "$failure" | tee -a "$result"
  fi
  unplant "$patch"
done

say "$found of ${#patches[@]} planted defects found"
((${#names[@]} || ${#missed[@]} <= missed_max)) || die "more than $missed_max were missed: ${missed[*]}"
((!${#names[@]} || !${#missed[@]})) || exit 1
