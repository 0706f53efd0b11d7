# Processes of a test, and waiting for them. Sourced; the test has set -euo pipefail.
#   work    a folder of its own, removed at the end
#   pids    what is killed at the end; a test adds to it

work=$(mktemp -d)
pids=()
clean_up() {
  ((${#pids[@]} == 0)) || kill -9 "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# fail WORDS...: ends the test; the logs in $work say more.
fail() {
  printf '%s: FAILED: %s\n' "$(basename "$0" .sh)" "$*" >&2
  tail -n 20 "$work"/*.log >&2 2>/dev/null || true
  exit 1
}
expect() { [[ $2 == "$3" ]] || fail "$1: expected $3, got $2"; } # expect WHAT GOT WANTED

# wait_for_line FILE PATTERN [SECONDS]: until a line of the file, which exists, matches. tail is told by the kernel when
# the file grows.
wait_for_line() {
  local found=0 lines reader
  exec {lines}< <(exec timeout "${3:-60}" tail -n +1 -f "$1" 2>/dev/null)
  reader=$!
  grep -q -m 1 -e "$2" <&"$lines" || found=$?
  exec {lines}<&-
  kill "$reader" 2>/dev/null || true
  ((found == 0)) || fail "waited too long for '$2' in $1"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds, for what a daemon tells only when it is asked. The one
# place where a script of the tests sleeps (see tests/house/sleeps_test.sh): it hides no race, for the wait ends by the
# command or fails.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "waited too long for $what"
    sleep 0.1
  done
}

# start_daemon NAME FLAGS...: a breakerd on $work/NAME that logs to $work/NAME.log, which begins anew. Returns when it
# serves. Sets `daemon`, `port` and `url`.
start_daemon() {
  local name=$1
  shift
  : >"$work/$name.log"
  "$BREAKERD" --data-dir "$work/$name" "$@" 2>>"$work/$name.log" &
  daemon=$!
  pids+=("$daemon")
  wait_for_line "$work/$name.log" "serving .*http://"
  port=$(sed -nE 's|.*serving .* on http://[^ ]*:([0-9]+), .*|\1|p' "$work/$name.log")
  url=http://127.0.0.1:$port
}
