# Rules about the files of the tree, for layout_test.sh. Sourced.

top_folders=(actors docs events http storage tests)
top_files=(.ci/run .clang-format .clang-tidy .editorconfig .gitignore CHANGELOG.md CMakeLists.txt CMakePresets.json
  CONTRIBUTING.md LICENSE README.md dev)

# Folders that say what they are for, in a README.md.
readme_folders=(
  events events/{model,rules,codec,json,views}
  storage storage/{tables,log,projection,rocks,views,offline}
  actors actors/{base,breaker,queue,campaign,log,core,client}
  http http/{base,json,edge,api,bridge,daemon,ctl} http/ctl/{text,client,work,commands}
  tests tests/{simulation,integration,house,support,bench})

# A file is one idea, and a README is read in a minute. These bounds only ever go down.
source_lines_max=500
readme_lines_max=15

# list_files ROOT: every file of the project. Without git (a source archive) all that is neither hidden nor made.
list_files() {
  if git -C "$1" rev-parse --show-prefix >/dev/null 2>&1 && [[ -e $1/.git ]]; then
    (cd "$1" && git ls-files --cached --others --exclude-standard --deduplicate)
  else
    (cd "$1" && find . -type f -printf '%P\n' | grep -vE '^(build|data|\.[^/]*)/' || true)
    (cd "$1" && find .ci -type f 2>/dev/null || true)
  fi | sort
}

fault() {
  echo "$*"
  faults=$((faults + 1))
}

check_top() {
  local root=$1 folder file
  while read -r folder; do
    [[ " ${top_folders[*]} .ci .github " == *" $folder "* ]] || fault "$folder/: not a top-level folder of this project"
  done < <(grep / <<<"$files" | cut -d/ -f1 | sort -u)
  for folder in "${top_folders[@]}"; do
    [[ -d $root/$folder ]] || fault "$folder/: missing"
  done
  for file in "${top_files[@]}"; do
    [[ -e $root/$file ]] || fault "$file: missing"
  done
}

# readme_names README: the files that it names between backticks, which may be patterns.
readme_names() {
  grep -oE '`[A-Za-z0-9_./*]+\.(hpp|cpp|sh|tsv)`' "$1" | tr -d '`' || true
}

# Each README is there, is short, and names only files that are there, from its folder or from the root.
check_readmes() {
  local root=$1 folder readme lines name
  for folder in "${readme_folders[@]}"; do
    readme=$folder/README.md
    if [[ ! -s $root/$readme ]]; then
      fault "$readme: missing: what the folder is for, its rooms, what it must not know, where to begin reading"
      continue
    fi
    lines=$(wc -l <"$root/$readme")
    ((lines <= readme_lines_max)) || fault "$readme: $lines lines, more than $readme_lines_max"
    while read -r name; do
      compgen -G "$root/$folder/$name" >/dev/null || compgen -G "$root/$name" >/dev/null ||
        fault "$readme: there is no $name"
    done < <(readme_names "$root/$readme")
  done
}

# source_faults ROOT: one line per fault of the sources named on standard input.
source_faults() {
  (cd "$1" && xargs -d '\n' -r awk -v lines_max="$source_lines_max" '
    function end_file() {
      if (lines > lines_max) print name ": " lines " lines, more than " lines_max ": two ideas?"
      if (name ~ /\.hpp$/ && !guarded) print name ": no #pragma once"
    }
    FNR == 1 { if (name) end_file(); name = FILENAME; guarded = 0 }
    { lines = FNR }
    /^#pragma once$/ { guarded = 1 }
    /(^|[^A-Za-z_])(TODO|FIXME|XXX)([^A-Za-z_]|$)/ { print name ":" FNR ": work left over belongs in an issue" }
    END { if (name) end_file() }')
}

# check_layout ROOT: prints every fault; false when there is one.
check_layout() {
  local files faults=0 file line
  files=$(list_files "$1")
  check_top "$1"
  check_readmes "$1"
  while read -r file; do
    fault "$file: made, not written: only sources are kept"
  done < <(grep -E '\.(o|a|so|gch|sst|log|deb)$|(^|/)core$' <<<"$files")
  while read -r line; do
    fault "$line"
  done < <(grep -E '\.(cpp|hpp)$' <<<"$files" | while read -r file; do
    if [[ -s $1/$file ]]; then echo "$file"; fi # it may be deleted and not yet committed
  done | source_faults "$1")
  ((faults == 0))
}
