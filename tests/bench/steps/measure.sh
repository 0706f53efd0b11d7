# One measurement: runs the load generator against the running server and keeps its line.
# Sourced by run.sh. `round` is the current round's number.

failures=0
run_seconds_max=900
fill_seconds_max=3000
settle_seconds_max=60

# generate MODE ARGS...: runs the load against the running server and prints its line.
generate() {
  local mode=$1
  shift
  if [ "$SERVER_NAME" = bullmq ]; then
    NODE_PATH=$node_modules timeout "$run_seconds_max" node "$here/peers/bullmq.js" "$mode" --port "$SERVER_PORT" \
      --server-pid "$SERVER_PID" "$@"
  else
    timeout "$run_seconds_max" "$load" "$mode" --protocol "$SERVER_PROTOCOL" --port "$SERVER_PORT" \
      --server-pid "$SERVER_PID" "$@"
  fi
}

# measure CONTENDER ITEM MODE ARGS...
measure() {
  local contender=$1 item=$2 mode=$3 line code=0
  shift 3
  line=$(generate "$mode" "$@") || code=$?
  keep "$contender" "$item" "$code" "$line"
}

# keep CONTENDER ITEM EXIT_CODE LINE: adds the line to the results and says that it is done.
keep() {
  if [ "$3" -ne 0 ]; then
    failures=$((failures + 1))
    echo "FAILED ($3): $1, $2" >&2
  fi
  [ -n "$4" ] || return 0
  jq -c --arg contender "$1" --arg item "$2" --argjson round "$round" --argjson code "$3" \
    '{$item, $contender, $round, exit_code: $code} + .' <<<"$4" >>"$runs"
  jq -r '"  \(.contender) \(.item)"
         + (if .connections then " x\(.connections)" else "" end)
         + (if .per_second then ": \(.per_second | floor)/s" else "" end)
         + (if .ready_ms then ": \(.ready_ms | floor) ms" else "" end)' \
    <<<"$(tail -n 1 "$runs")" >&2
}

server_cpu_seconds() { "$load" stat --server-pid "$SERVER_PID" | jq .cpu_seconds; }

# settle: waits until what runs behind the answers (compaction, the HEAD file) has come to rest.
settle() {
  local before now
  now=$(server_cpu_seconds)
  for _ in $(seq "$settle_seconds_max"); do
    before=$now
    let_pass 1
    now=$(server_cpu_seconds)
    if jq -en "$now - $before < 0.05" >/dev/null; then return 0; fi
  done
  echo "the server has not come to rest within $settle_seconds_max s" >&2
}

# fill JOBS: that many more queued jobs, not measured.
fill() {
  "$load" batch --protocol "$SERVER_PROTOCOL" --port "$SERVER_PORT" --batch 1000 --connections 4 --count "$1" \
    --seconds "$fill_seconds_max" >/dev/null || { echo "could not fill the queue with $1 jobs" >&2; failures=$((failures + 1)); }
}
