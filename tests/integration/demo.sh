#!/usr/bin/env bash
# The main job, end to end, with real processes: a service dies in the middle of 5,127 jobs, everything stops, breakerd
# itself is killed, a person closes the circuit and resumes, and every job is done. Run by ./dev demo and by ./dev test.
set -euo pipefail
BREAKERD=${BREAKERD:?} CTL=${BREAKERCTL:?} TOOLS=${BREAKERD_TOOLS:?}
regions=/usr/share/iso-codes/json/iso_3166-2.json

source "$(dirname "${BASH_SOURCE[0]}")/processes_lib.sh"
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

start_service() {  # start_service PORT
  : >"$work/service.out"
  "$TOOLS/enrich_service" "$1" "$work/ledger" >>"$work/service.out" 2>"$work/service.log" &
  service=$!
  pids+=("$service")
  wait_for_line "$work/service.out" listening
  service_port=$(awk '{print $2}' "$work/service.out")
}

status() { "$CTL" --wait 30 --json status; }
field() { status | jq -r "$1"; }
completed_at_least() { (($(field .job_counts.COMPLETED) >= $1)); }
circuit_is() { [[ $(field .circuit_breaker.state) == "$1" ]]; }
ready() { curl -fsS -o /dev/null "$BREAKERD_ADDRESS/readyz" 2>/dev/null; }

# expect_all_held STATUS: whatever is not done is held, and nothing is missing.
expect_all_held() {
  expect "jobs in all" "$(jq '.job_counts | add' <<<"$1")" "$total"
  expect "jobs that still run or wait freely" "$(jq '.job_counts.PENDING + .job_counts.PROCESSING' <<<"$1")" 0
  expect "jobs that failed or were cancelled" "$(jq '.job_counts.FAILED + .job_counts.CANCELLED' <<<"$1")" 0
  expect "campaigns" "$(jq -c '.campaign_counts | with_entries(select(.value > 0))' <<<"$1")" '{"PAUSED":1}'
  expect "the campaign" "$("$CTL" --json campaign show "$campaign" | jq -r .status)" PAUSED
}
hash_at() { "$CTL" --json events --from "$1" --limit 1 | jq -r .hash; }

say "1. breakerd, a service on TCP, and a campaign of every region of the world (iso-codes)"
start_daemon data --port 0
export BREAKERD_ADDRESS=$url
start_service 0
jq -c '."3166-2"[]' "$regions" >"$work/regions.ndjson"
total=$(wc -l <"$work/regions.ndjson")
((total >= 5000)) || fail "only $total rows in $regions"
campaign=$("$CTL" --json campaign create "regions of the world" --start | jq -r .id)
"$CTL" enqueue --from "$work/regions.ndjson" --type enrich --campaign "$campaign"
"$CTL" campaign seal "$campaign"

say "2. four workers; each job is a real HTTP request by curl"
workers=()
for i in 1 2 3 4; do
  "$CTL" work --types enrich --service geo --service-failure-codes 7,52,56 --worker "worker-$i" --concurrency 2 \
    --lease-ms 10000 --poll-ms 250 --drain --quiet -- \
    curl -sSf --max-time 20 --data-binary @- "http://127.0.0.1:$service_port/enrich" 2>>"$work/worker-$i.log" >&2 &
  workers+=($!)
done
pids+=("${workers[@]}")
wait_for 300 "1,500 jobs" completed_at_least 1500
"$CTL" status

say "3. the service is killed"
kill -9 "$service"
wait_for 60 "the circuit to open" circuit_is open
"$CTL" status
opened=$(status)
expect "who is to blame" "$(jq -r .circuit_breaker.metadata.service <<<"$opened")" geo
expect_all_held "$opened"

say "4. breakerd is killed, too (kill -9), and started again"
before=$(status)
seq=$(jq -r .queue.last_seq <<<"$before")
hash=$(hash_at "$seq")
kill -9 "$daemon"
wait "$daemon" 2>/dev/null || true
start_daemon data --port "$port"
wait_for 30 "breakerd to be ready" ready
"$CTL" status
expect "the circuit after the restart" "$(field .circuit_breaker.state)" open
expect "its epoch" "$(field .circuit_breaker.epoch)" "$(jq -r .circuit_breaker.epoch <<<"$before")"
expect "who opened it, when and why" "$(field '[.circuit_breaker.opened_at, .circuit_breaker.metadata.opened_by] | tostring')" \
  "$(jq -r '[.circuit_breaker.opened_at, .circuit_breaker.metadata.opened_by] | tostring' <<<"$before")"
expect "what was done before" "$(($(field .job_counts.COMPLETED) >= $(jq .job_counts.COMPLETED <<<"$before")))" 1
expect_all_held "$(status)"
expect "the log up to the kill" "$(hash_at "$seq")" "$hash"

say "5. the service comes back; a person closes the circuit: campaigns stay paused until the queue is resumed"
start_service "$service_port"
"$CTL" close --reason "geo answers again"
expect "the campaign after the close" "$("$CTL" --json campaign show "$campaign" | jq -r .status)" PAUSED
"$CTL" resume-queue
for pid in "${workers[@]}"; do wait "$pid" || fail "a worker ended with $?"; done
"$CTL" status

say "6. what the log says"
expect "completed jobs" "$(field .job_counts.COMPLETED)" "$total"
expect "failed jobs" "$(field .job_counts.FAILED)" 0
expect "the campaign at the end" "$("$CTL" --json campaign show "$campaign" | jq -r .status)" COMPLETED
"$CTL" --json events --type JobCompleted --all | jq -r '[.stream, .data.result.code] | @tsv' >"$work/completed"
expect "results recorded" "$(wc -l <"$work/completed")" "$total"
expect "jobs with a result, each once" "$(cut -f 1 "$work/completed" | sort -u | wc -l)" "$total"
expect "codes with a result, each once" "$(cut -f 2 "$work/completed" | sort -u | wc -l)" "$total"
"$CTL" events --stream breaker --all
"$CTL" events --stream queue --all
ran=$(wc -l <"$work/ledger")
twice=$(sort "$work/ledger" | uniq -d | wc -l)
kill "$daemon"
wait "$daemon" || fail "breakerd ended with $?"
"$CTL" verify --data-dir "$work/data"
say "$total jobs, each completed once in the log; the service was asked $ran times, $twice jobs ran more than once"
