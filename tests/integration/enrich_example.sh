#!/usr/bin/env bash
# The enrich.sh that docs/breakerctl.md prints: which answers of the service stop everybody, and which are the row's
# fault; then a 429 through breakerd and a worker. (What it does when all goes well is in documents_test.py.)
set -euo pipefail
BREAKERD=${BREAKERD:?} CTL=${BREAKERCTL:?} TOOLS=${BREAKERD_TOOLS:?} SOURCE=${BREAKERD_SOURCE:?}

source "$(dirname "${BASH_SOURCE[0]}")/processes_lib.sh"

python3 "$SOURCE/tests/integration/documents/documents_test.py" --print enrich.sh docs/breakerctl.md >"$work/printed.sh"
grep -q 'https://api.example.org/enrich' "$work/printed.sh" || fail "the example is not where it was"
with_url() {  # with_url URL: the printed script, against another address
  sed "s|https://api.example.org/enrich|$1|" "$work/printed.sh" >"$work/enrich.sh"
  chmod +x "$work/enrich.sh"
}

: >"$work/service.out"
"$TOOLS/status_service" >>"$work/service.out" &
pids+=($!)
wait_for_line "$work/service.out" listening
service=http://127.0.0.1:$(awk '{print $2}' "$work/service.out")

check() {  # check URL EXIT
  local code=0
  with_url "$1"
  echo '{"row":1}' | "$work/enrich.sh" >"$work/out" 2>"$work/err" || code=$?
  ((code == $2)) || fail "$1 ended with $code, not $2: $(cat "$work/err")"
}
check "$service/200" 0
[[ $(cat "$work/out") == '{"path":"/200"}' ]] || fail "the result was $(cat "$work/out")"
for status in 400 404 409 422; do check "$service/$status" 1; done
for status in 302 408 429 500 502 503 504; do check "$service/$status" 75; done
check "$service/drop" 75                  # curl 52, an empty reply
check "http://127.0.0.1:1/" 75            # curl 7, no connection
check "http://nobody.invalid/" 75         # curl 6, no name
check "https://${service#http://}/200" 75  # curl 35, no TLS

with_url "$service/429"
start_daemon data --port 0
export BREAKERD_ADDRESS=$url
"$CTL" --wait 30 enqueue --type enrich --payload '{"row":1}'
: >"$work/worker.log"
"$CTL" work --types enrich --service apollo -- "$work/enrich.sh" >>"$work/worker.log" 2>&1 &
worker=$!
pids+=("$worker")
wait_for_line "$work/worker.log" "service_failure"
kill "$worker"
wait "$worker" || fail "the worker ended with $?"
"$CTL" --json status >"$work/status"
[[ $(jq -r '.circuit_breaker.state + " " + .circuit_breaker.metadata.last_error' "$work/status") == "open HTTP 429"* ]] ||
  fail "the circuit: $(cat "$work/status")"
[[ $("$CTL" --json jobs show 1 | jq .attempts) == 0 ]] || fail "an attempt was counted"
echo "the example stops everybody for a 429, and for a 404 only its row"
