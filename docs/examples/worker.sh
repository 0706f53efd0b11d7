#!/usr/bin/env bash
# A worker for breakerd with curl and jq.
#
#   worker.sh [ADDRESS]     default: $BREAKERD_ADDRESS, else http://127.0.0.1:8080
#
# Put your own work into do_job(). Ctrl-C or SIGTERM: it finishes the job it has, then ends.
set -uo pipefail
api=${1:-${BREAKERD_ADDRESS:-http://127.0.0.1:8080}}/api/v1
lease_ms=${LEASE_MS:-30000}
wait_ms=$((lease_ms / 3 < 30000 ? lease_ms / 3 : 30000))  # how long a heartbeat waits for a stop
job_wait_ms=5000  # how long a lease waits for a job, and so how long this worker may take to end
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ending=
trap 'ending=yes' INT TERM

# do_job PAYLOAD: prints the job's result as JSON. Ends with 75 for the fault of something that all jobs need, with
# another number but 0 for the job's own fault; standard error says what went wrong.
do_job() {
  local url code
  url=$(jq -er .url <<<"$1") || { echo "the payload has no url" >&2; return 1; }
  code=$(curl -sS --max-time 10 -o "$dir/body" -w '%{http_code}' -- "$url") || return 75
  case $code in
    2??) jq -n --argjson bytes "$(wc -c <"$dir/body")" '{bytes: $bytes}' ;;
    408 | 429 | 5??) echo "$url answered $code" >&2; return 75 ;;
    *) echo "$url answered $code" >&2; return 1 ;;
  esac
}

# post PATH BODY: sets status and answer. Asks again while breakerd is away or says 503: a report that came through
# although its answer was lost is refused the second time with 409, which does no harm.
post() {
  local reply
  while :; do
    if reply=$(curl -sS --max-time 70 -w '\n%{http_code}' --json @- "$api$1" <<<"$2"); then
      status=${reply##*$'\n'} answer=${reply%$'\n'*}
      [[ $status == 503 ]] || return 0
    fi
    [[ ! $ending || $1 != /leases ]] || exit 0
    [[ ! $ending ]] || { echo "breakerd is away: what is leased goes back when its lease ends" >&2; exit 1; }
    sleep 1
  done
}

# keep_lease JOB TOKEN PID: one heartbeat after the other, each of which waits for a stop. Ends the work when it should be
# given up, or when the lease is lost.
keep_lease() {
  while sleep 0.1; do
    post "/jobs/$1/heartbeat" "$(jq -nc --arg token "$2" --argjson ms "$wait_ms" '{token: $token, wait_ms: $ms}')"
    [[ $status == 200 && $(jq .data.stop <<<"$answer") == false ]] || break
  done
  touch "$dir/stopped"
  kill "$3" 2>/dev/null
}

run() {  # run JOB
  local id token work heart code end report
  id=$(jq .id <<<"$1") token=$(jq -r .token <<<"$1")
  dir=$scratch/$id
  mkdir "$dir"
  do_job "$(jq -c .payload <<<"$1")" >"$dir/result" 2>"$dir/error" &
  work=$!
  keep_lease "$id" "$token" "$work" &
  heart=$!
  wait "$work"; code=$?
  while kill -0 "$work" 2>/dev/null; do wait "$work"; code=$?; done  # a signal to us ends a wait
  kill "$heart" 2>/dev/null; wait "$heart" 2>/dev/null
  end=fail report='{token: $token, error: ($error | rtrimstr("\n"))}'
  if ((code == 0)); then end=complete report='{token: $token, result: $result[0]}'
  elif [[ -e $dir/stopped ]]; then end=release report='{token: $token}'
  elif ((code == 75)); then report='{token: $token, error: ($error | rtrimstr("\n")), service: $service}'
  fi
  ((code == 0)) || : >"$dir/result"
  [[ -s $dir/error ]] || echo "ended with $code" >"$dir/error"
  post "/jobs/$id/$end" "$(jq -nc --arg token "$token" --slurpfile result "$dir/result" \
    --rawfile error "$dir/error" --arg service "$(jq -r '.service // "web"' <<<"$1")" "$report")"
  echo "job $id: $end, $(jq -r '.data.status // .detail' <<<"$answer")"
  rm -rf "$dir"
}

while [[ ! $ending ]]; do
  asked=$SECONDS
  post /leases "$(jq -nc --arg worker "$HOSTNAME:$$" --argjson ms "$lease_ms" --argjson wait "$job_wait_ms" \
    '{worker: $worker, max: 1, lease_ms: $ms, wait_ms: $wait}')"
  [[ $status == 200 ]] || { jq -r .detail <<<"$answer" >&2; exit 1; }
  job=$(jq -c '.data.jobs[0] // empty' <<<"$answer")
  if [[ $job ]]; then run "$job"; elif ((SECONDS - asked < 2)); then sleep 1; fi  # breakerd is about to stop
done
