# Rules about #include, for includes_test.sh. Sourced.
#
# Names: a header of ours is <breakerd/events/model/ids.hpp>, inside and outside. A test names its own by a path from the
# root of the repository ("tests/support/must.hpp").
# What a program outside includes, of actors/client, has a short name: <breakerd/client.hpp>, <breakerd/client_actors.hpp>.
# Direction: a folder includes itself and the folders in its line of `may_include`. The lines stand in such an order that
# a folder names only folders above it, so nothing goes around in a circle.
# Rooms: a third party's headers stay in the files that are listed here.

product_folders=(events storage actors http)

may_include=(
  'events/model        |'
  'events/json         | events/model'
  'events/codec        | events/model events/json'
  'events/rules        | events/model'
  'events/views        | events/model events/json events/rules'
  'storage/tables      | events/model events/codec'
  'storage/log         | events/model events/codec storage/tables'
  'storage/projection  | events/model events/codec events/rules storage/tables storage/log'
  'storage/rocks       | events/model events/codec storage/tables storage/log storage/projection'
  'storage/views       | events/model events/codec events/rules storage/tables'
  'storage/offline     | events/model events/codec events/rules storage/tables storage/log storage/rocks storage/views'
  'actors/base         | events/model events/codec events/json events/rules storage/log'
  'actors/breaker      | events/model events/rules storage/views actors/base'
  'actors/queue        | events/model events/rules storage/tables storage/log storage/views actors/base'
  'actors/campaign     | events/model events/rules storage/tables actors/base'
  'actors/log          | events/model events/json events/rules storage/tables storage/log storage/views actors/base'
  'actors/core         | events/model events/rules storage/log storage/views actors/base actors/breaker actors/queue
                         actors/campaign actors/log'
  'actors/client       | events/model storage/rocks storage/views actors/base actors/core'
  'http/base           |'
  'http/json           | events/model events/json events/rules'
  'http/edge           | events/model events/json'
  'http/api            | events/model events/codec events/json events/rules events/views storage/views actors/base http/edge http/json'
  'http/bridge         | storage/tables actors/core http/api'
  'http/daemon         | events/model events/rules storage/rocks actors/core http/base http/edge http/api http/bridge'
  'http/ctl/text       | events/model events/json'
  'http/ctl/client     | events/model http/ctl/text'
  'http/ctl/work       | events/model http/ctl/text http/ctl/client'
  'http/ctl/commands   | events/model events/json events/rules events/views storage/offline http/ctl/text http/ctl/client
                         http/ctl/work'
  'http/ctl            | http/base http/ctl/commands'
)

# Which files may include which third-party headers: "header prefix | file pattern". A prefix that is not listed may be
# included anywhere.
rooms=(
  'rocksdb/      | storage/rocks/*.cpp storage/rocks/rocks_*.hpp tests/storage/*'
  'caf/          | actors/* http/bridge/caf_bridge.* tests/actors/* tests/bench/* tests/simulation/* tests/integration/ending_daemon.cpp'
  'boost/asio    | http/* tests/http/* tests/integration/* tests/bench/* tests/simulation/*'
  'boost/beast   | http/* tests/http/* tests/integration/* tests/bench/* tests/simulation/*'
  'nlohmann/     | http/ctl/* tests/*'
  'openssl/      | events/codec/digest.cpp events/model/randomness.cpp http/* tests/http/*'
  'spdlog/       | storage/* actors/* http/* tests/*'
  'CLI/          | http/* tests/*'
  'toml++/       | http/daemon/settings_file.cpp'
  'prometheus/   | http/* tests/http/*'
  'catch2/       | tests/support/*'
)

# list_includes ROOT: one line "file:line:quote:path" per #include of the sources.
list_includes() {
  (cd "$1" && grep -rnE --include='*.hpp' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' \
    "${product_folders[@]}" tests 2>/dev/null) |
    sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]+).*/\1:\2:\3:\4/'
}

# read_directions: fills `allowed` from may_include; false, with a line, when the order of the lines does not hold.
declare -A allowed=()
read_directions() {
  local line folder target ok=0
  allowed=()
  for line in "${may_include[@]}"; do
    folder=${line%%[ |]*}
    for target in ${line#*|}; do
      [[ -v allowed[$target] ]] || { echo "may_include: $folder includes $target, which does not stand above it"; ok=1; }
    done
    allowed[$folder]=" $folder ${line#*|} "
    allowed[$folder]=${allowed[$folder]//$'\n'/ }
  done
  return $ok
}

# direction_fault FILE QUOTE PATH: sets `fault` to what is wrong with the include, or to nothing.
direction_fault() {
  local file=$1 quote=$2 path=$3
  local folder=${file%/*} target
  fault=
  if [[ $file == tests/* ]]; then
    if [[ $quote == '"' && " ${product_folders[*]} " == *" ${path%%/*} "* ]]; then fault="its name is <breakerd/$path>"; fi
    return 0
  fi
  if [[ $quote == '"' || $path == *..* ]]; then
    fault="name it <breakerd/...>"
  elif [[ ! -v allowed[$folder] ]]; then
    fault="$folder/ has no line in may_include"
  elif [[ $path == breakerd/* ]]; then
    target=${path#breakerd/}
    [[ $target == */* ]] || target=actors/client/$target
    target=${target%/*}
    [[ ${allowed[$folder]} == *" $target "* ]] || fault="$folder/ must not know $target/"
  elif [[ " ${product_folders[*]} tests " == *" ${path%%/*} "* ]]; then
    fault="name it <breakerd/...>"
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
  read_directions || faults=1
  while IFS=: read -r file line quote path; do
    direction_fault "$file" "$quote" "$path"
    [[ -n $fault ]] || room_fault "$file" "$path"
    [[ -n $fault ]] || continue
    echo "$file:$line: includes $path: $fault"
    faults=$((faults + 1))
  done < <(list_includes "$1")
  ((faults == 0))
}
