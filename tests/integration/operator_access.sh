#!/usr/bin/env bash
# What an operator counts on, with real processes: the Unix socket when connections are exhausted, its file over crashes
# and stops, signals, and the warning about other addresses. Run by ./dev test.
set -euo pipefail
BREAKERD=${BREAKERD:?} CTL=${BREAKERCTL:?}

source "$(dirname "${BASH_SOURCE[0]}")/processes_lib.sh"

start() { start_daemon "$1" --port 0 "${@:2}"; }

# ended PID: waits for its end and sets `code`.
ended() {
  code=0
  wait "$1" || code=$?
}
local_call() { curl -sS --max-time 30 --unix-socket "$work/$1/breakerd.sock" "http://localhost$2" "${@:3}"; }

# ---- the socket's file ----
start a
sock=$work/a/breakerd.sock
expect "mode of the socket" "$(stat -c %a "$sock")" 660
local_call a /api/v1/breaker/open --json '{"reason":"drill"}' >/dev/null
expect "who opened" "$(local_call a /api/v1/breaker | jq -r .data.metadata.opened_by)" "local:$(id -un)"
kill -9 "$daemon"
ended "$daemon"
[[ -S $sock ]] || fail "a killed daemon's socket is gone"
start a
expect "answer over the socket after a crash" "$(local_call a /readyz -o /dev/null -w '%{http_code}')" 200

code=0
"$BREAKERD" --data-dir "$work/other" --port 0 --socket "$sock" 2>"$work/other.log" || code=$?
expect "exit code beside a living daemon's socket" "$code" 1
grep -q "another process listens there" "$work/other.log" || fail "it does not say why"
expect "answer after that" "$(local_call a /readyz -o /dev/null -w '%{http_code}')" 200

# ---- SIGHUP, then a stop ----
kill -HUP "$daemon"
wait_for_line "$work/a.log" "SIGHUP is ignored"
expect "answer after SIGHUP" "$(local_call a /livez -o /dev/null -w '%{http_code}')" 200
kill -TERM "$daemon"
ended "$daemon"
expect "exit code of a stop" "$code" 0
[[ ! -e $sock ]] || fail "the socket is there after a stop"

# ---- no socket ----
start a --socket ""
[[ ! -e $sock ]] || fail "there is a socket, though it was switched off"
kill -TERM "$daemon"
ended "$daemon"

# ---- closed standard streams: nothing of the daemon's takes their places, to be written log lines to ----
"$BREAKERD" --data-dir "$work/a" --port 0 <&- >&- 2>&- &
daemon=$!
pids+=("$daemon")
serves() { local_call a /readyz -o /dev/null -f 2>/dev/null; }
wait_for 60 "a daemon without standard streams" serves
for fd in 0 1 2; do expect "its descriptor $fd" "$(readlink "/proc/$daemon/fd/$fd")" /dev/null; done
kill -TERM "$daemon"
ended "$daemon"
expect "its exit code" "$code" 0

# ---- connections are exhausted ----
# Clients that say nothing, so many that the room above the maximum is full too, for as long as it bears them.
start b --connections-max 8
for ((i = 0; i < 8 + 32; i++)); do exec {held}<>"/dev/tcp/127.0.0.1/$port"; done
refused() { [[ $(curl -s --max-time 30 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/api/v1/jobs") == 503 ]]; }
wait_for 60 "TCP to be full" refused
expect "closing over the socket" \
  "$(local_call b /api/v1/breaker/close --json '{"reason":"by hand"}' -o /dev/null -w '%{http_code}')" 200
expect "a job over the socket" \
  "$(local_call b /api/v1/jobs --json '{"job_type":"x"}' -o /dev/null -w '%{http_code}')" 201

# ---- a second signal while it stops ----
kill -TERM "$daemon"
ended "$daemon"
# A client that does not hang up keeps the first stop from ending.
start b --shutdown-timeout-ms 3600000 --drain-timeout-ms 60000
exec {open}<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /livez HTTP/1.1\r\nHost: h\r\n\r\n' >&"$open"
read -r status <&"$open"
[[ $status == *" 200 "* ]] || fail "the client that stays was answered $status"
kill -TERM "$daemon"
wait_for_line "$work/b.log" "finishing what is in flight"
kill -TERM "$daemon"
ended "$daemon"
exec {open}>&-
expect "exit code of a second signal" "$code" 3
grep -q "ending at once" "$work/b.log" || fail "it does not say that it ends at once"
"$CTL" verify --data-dir "$work/b" >/dev/null || fail "the log after a second signal"

# ---- other addresses than loopback ----
start b --bind 0.0.0.0
grep -q "LISTENING BEYOND THIS MACHINE, on 0.0.0.0" "$work/b.log" || fail "no warning about 0.0.0.0"
kill -TERM "$daemon"
ended "$daemon"

# ---- loopback ----
start a
grep -q "LISTENING BEYOND" "$work/a.log" && fail "a warning about 127.0.0.1"
kill -TERM "$daemon"
ended "$daemon"
echo "operator_access: passed"
