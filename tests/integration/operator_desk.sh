#!/usr/bin/env bash
# breakerctl as an operator and a script see it, on a real daemon: what holds the campaigns after a close, exit codes,
# names for ids, the log by place and time, and what a pseudo-terminal (script(1)) adds.
set -euo pipefail
BREAKERD=${BREAKERD:?} CTL=${BREAKERCTL:?}

source "$(dirname "${BASH_SOURCE[0]}")/processes_lib.sh"

contains() { [[ $2 == *"$3"* ]] || fail "$1: no \"$3\" in: $2"; }
lacks() { [[ $2 != *"$3"* ]] || fail "$1: \"$3\" in: $2"; }
code() {  # code EXPECTED COMMAND...
  local expected=$1 got=0
  shift
  "$@" >"$work/out" 2>"$work/err" || got=$?
  ((got == expected)) || fail "$*: ended with $got, not $expected: $(cat "$work/out" "$work/err")"
}
terminal() { script -qec "$*" /dev/null; }  # runs a command on a pseudo-terminal

unset BREAKERD_ADDRESS BREAKERD_DATA_DIR BREAKERD_SOCKET NO_COLOR
export TZ=CET-1CEST,M3.5.0,M10.5.0/3 TERM=xterm
start_daemon data --port 0

# Its socket.
[[ -S $work/data/breakerd.sock ]] || fail "there is no socket: $(cat "$work/data.log")"
contains "the principal at the socket" \
  "$("$CTL" --address "unix:$work/data/breakerd.sock" open --reason socket &&
     "$CTL" --address "unix:$work/data/breakerd.sock" close --reason socket &&
     "$CTL" --address "$url" events --principal "local:$(id -un)" --all)" CircuitOpened
contains "the socket is preferred" "$(BREAKERD_DATA_DIR=$work/data "$CTL" --help)" "unix:$work/data/breakerd.sock"
export BREAKERD_ADDRESS=$url

# What holds the campaigns.
"$CTL" campaign create spring --start >/dev/null
code 0 "$CTL" allow
code 0 "$CTL" status --exit-code
code 0 "$CTL" failures report --error "429 Too Many Requests" --service Apollo
code 1 "$CTL" allow
code 10 "$CTL" status --exit-code
contains "status while OPEN" "$("$CTL" status)" "then breakerctl resume-queue"
contains "the close" "$("$CTL" close --reason "well again")" "to resume them: breakerctl resume-queue"
contains "status after the close" "$("$CTL" status)" "to resume   breakerctl resume-queue"
"$CTL" resume-queue >/dev/null
lacks "status after resume-queue" "$("$CTL" status)" "to resume"
code 0 "$CTL" service pause mail --reason quota
contains "a service's hold" "$("$CTL" status)" "to resume   breakerctl service resume mail"
code 0 "$CTL" service resume mail
lacks "status after the service's resume" "$("$CTL" status)" "to resume"
"$CTL" open --reason drill >/dev/null
"$CTL" resume-queue >/dev/null 2>&1 && fail "resume-queue while OPEN"
"$CTL" close --reason drill >/dev/null
"$CTL" resume-queue >/dev/null
"$CTL" campaign cancel spring >/dev/null
"$CTL" open --reason drill >/dev/null
lacks "a close that leaves nothing held" "$("$CTL" close --reason drill)" "resume-queue"

# Names.
contains "a campaign by its name" "$("$CTL" campaign show spring)" CANCELLED
"$CTL" campaign create spring >/dev/null
code 2 "$CTL" campaign show spring
code 4 "$CTL" campaign show autumn

# The log.
last=$("$CTL" --json status | sed 's/.*"last_seq":\([0-9]*\).*/\1/')
[[ $("$CTL" events --last 2 | wc -l) == 2 ]] || fail "events --last 2"
contains "the last event" "$("$CTL" --json events --last 1)" "\"seq\":$last"
[[ $("$CTL" events --since "1h ago" --all | wc -l) == "$last" ]] || fail "events --since '1h ago'"
[[ -z $("$CTL" events --until "1h ago") ]] || fail "events --until '1h ago'"
[[ $("$CTL" events --since 2 --until 4 | wc -l) == 3 ]] || fail "events --since 2 --until 4"
contains "the last of a type" "$("$CTL" events --last 1 --type CircuitOpened)" drill
principal=$("$CTL" --json events --last 1 | sed 's/.*"principal":"\([^"]*\)".*/\1/')
theirs=$("$CTL" --json events --all | grep -c "\"principal\":\"$principal\"")
((theirs > 0 && theirs < last)) || fail "$theirs of $last events are of $principal"
[[ $("$CTL" events --all --principal "$principal" | wc -l) == "$theirs" ]] || fail "events --principal $principal"
[[ -z $("$CTL" events --all --principal nobody) ]] || fail "events --principal nobody"
"$CTL" events --follow --limit 1 >"$work/followed" &
follower=$!
# Until one comes behind where it began.
until ! kill -0 "$follower" 2>/dev/null; do "$CTL" campaign create later >/dev/null; done
wait "$follower" || fail "events --follow"
(($(awk '{print $1}' "$work/followed") > last)) || fail "events --follow began before: $(cat "$work/followed")"

# A terminal.
escape=$'\e'
contains "colour" "$(terminal "$CTL" status)" "$escape["
lacks "NO_COLOR" "$(NO_COLOR=1 terminal "$CTL" status)" "$escape["
lacks "TERM=dumb" "$(TERM=dumb terminal "$CTL" status)" "$escape["
lacks "a pipe" "$("$CTL" status)" "$escape["
contains "local time" "$(terminal "$CTL" status)" " CE"
contains "ages" "$(terminal "$CTL" status)" " ago)"
contains "a pipe has UTC" "$("$CTL" status)" Z,
lacks "--json on a terminal" "$(terminal "$CTL" --json status)" "$escape["
contains "--json on a terminal has UTC" "$(terminal "$CTL" --json status)" 'Z"'
for _ in $(seq 25); do "$CTL" campaign create more >/dev/null; done
[[ $(terminal "$CTL" events | wc -l) == 20 ]] || fail "a terminal gets the last 20"
(($("$CTL" events | wc -l) > 20)) || fail "a pipe gets the first 100"
code 2 "$CTL"
contains "a bare call" "$(cat "$work/err")" resume-queue
code 0 "$CTL" help

kill "$daemon"
wait "$daemon" || fail "breakerd ended with $?"
echo "all of it"
