# Rules about #include, for includes_test.sh. Sourced.
#
# Direction: events <- storage <- actors <- http. A folder includes itself and what stands left of it, by a path from
# the root of the repository ("events/ids.hpp").
# Rooms: a third party's headers stay in the files that are listed here.

product_folders=(events storage actors http)

# Which files may include which third-party headers: "header prefix | file pattern". A prefix that is not listed may be
# included anywhere.
rooms=(
  'rocksdb/      | storage/*.cpp storage/rocks_*.hpp tests/storage/*'
  'caf/          | actors/* http/caf_bridge.* tests/actors/* tests/bench/* tests/simulation/* tests/integration/ending_daemon.cpp'
  'boost/asio    | http/* tests/http/* tests/cli/* tests/integration/* tests/bench/* tests/simulation/*'
  'boost/beast   | http/* tests/http/* tests/cli/* tests/integration/* tests/bench/* tests/simulation/*'
  'nlohmann/     | http/cli/* tests/*'
  'openssl/      | events/digest.cpp events/randomness.cpp http/* tests/http/*'
  'spdlog/       | storage/* actors/* http/* tests/*'
  'CLI/          | http/* tests/*'
  'toml++/       | http/settings_file.cpp'
  'prometheus/   | http/* tests/http/*'
  'catch2/       | tests/support/*'
)

# list_includes ROOT: one line "file:line:quote:path" per #include of the sources.
list_includes() {
  (cd "$1" && grep -rnE --include='*.hpp' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' \
    "${product_folders[@]}" tests 2>/dev/null) |
    sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]+).*/\1:\2:\3:\4/'
}

declare -A level_of=([events]=0 [storage]=1 [actors]=2 [http]=3)

# direction_fault FILE QUOTE PATH: sets `fault` to what is wrong with the include, or to nothing.
direction_fault() {
  local file=$1 quote=$2 path=$3
  local folder=${file%%/*} target=${path%%/*}
  local level=${level_of[$folder]-} target_level=${level_of[$target]--1}
  fault=
  [[ -n $level ]] || return 0
  if [[ $quote == '"' && $target_level == -1 || $path == *..* ]]; then
    fault="name it from the root of the repository"
  elif ((target_level > level)); then
    fault="$folder/ stands below $target/"
  fi
}

# room_fault FILE PATH: sets `fault` to what is wrong with the include, or to nothing.
room_fault() {
  local file=$1 path=$2 room prefix patterns pattern
  fault=
  for room in "${rooms[@]}"; do
    prefix=${room%%[ |]*}
    [[ $path == "$prefix"* ]] || continue
    read -ra patterns <<<"${room#*|}"
    for pattern in "${patterns[@]}"; do
      # shellcheck disable=SC2053 # a pattern on purpose
      [[ $file == $pattern ]] && return
    done
    fault="${prefix%/} has its room in: ${patterns[*]}"
    return 0
  done
}

# check_includes ROOT: prints every fault; false when there is one.
check_includes() {
  local faults=0 file line quote path fault
  while IFS=: read -r file line quote path; do
    direction_fault "$file" "$quote" "$path"
    [[ -n $fault ]] || room_fault "$file" "$path"
    [[ -n $fault ]] || continue
    echo "$file:$line: includes $path: $fault"
    faults=$((faults + 1))
  done < <(list_includes "$1")
  ((faults == 0))
}
