# What is measured of breakerd by itself. Sourced by run.sh; each function is one item.

item_machine() {
  local line
  line=$("$load" ceiling --connections 64 --seconds "$seconds") && keep machine ceiling 0 "$line"
  line=$("$load" disk --tries 1000 --probe-dir "$work") && keep machine fdatasync 0 "$line"
}

item_enqueue() {
  for connections in 1 16 64 256; do
    server_start breakerd
    measure breakerd enqueue enqueue --connections "$connections" --seconds "$seconds"
    server_stop
  done
}

item_cycle() {
  for connections in 1 16 64 256; do
    server_start breakerd
    measure breakerd cycle cycle --connections "$connections" --seconds "$seconds"
    server_stop
  done
}

item_batch() {
  server_start breakerd
  measure breakerd batch-1000 batch --batch 1000 --connections 4 --seconds "$seconds"
  server_stop
}

# Each on a server of its own: jobs deeper in the queue are read from disk and cost more.
drain_run() {  # ITEM ARGS...
  local item=$1
  shift
  server_start breakerd
  fill "$drain_jobs"
  measure breakerd "$item" drain --max 64 --seconds "$seconds" "$@"
  server_stop
}

item_drain() {
  drain_run lease-64-complete --connections 16
  drain_run lease-64-complete-pipelined --connections 4 --pipelined
  drain_run lease-64-complete-64 --connections 4 --batch-complete
}

# The same work in rounds: what was leased is completed in the call for the next jobs; beside it in two calls.
item_rounds() {
  local connections jobs
  for connections in 16 64; do
    for jobs in 1 16; do
      server_start breakerd
      fill "$drain_jobs"
      settle
      measure breakerd "two-calls-$jobs" drain --max "$jobs" --connections "$connections" --seconds "$seconds" --batch-complete
      measure breakerd "rounds-$jobs" drain --max "$jobs" --connections "$connections" --seconds "$seconds" --rounds
      server_stop
    done
  done
}

item_gate() {
  server_start breakerd
  measure breakerd allow-http allow --connections 16 --seconds "$seconds"
  server_stop
  mkdir "$work/gate"
  keep_program gate gate_bench "$work/gate"
}

# One server that grows: openings at each size, memory, restarts.
item_growth() {
  local fewer=1000 campaigns_few=10
  server_start breakerd
  settle
  measure breakerd memory-empty stat
  fill "$fewer"
  measure breakerd campaigns-10 campaigns --connections 1 --count "$campaigns_few" --seconds 600
  measure breakerd open-few operate --count "$openings" --probe-dir "$work" --seconds 600
  fill $((jobs_many - fewer))
  settle
  measure breakerd memory-many stat
  measure breakerd open-many-jobs operate --count "$openings" --probe-dir "$work" --seconds 600
  for _ in $(seq "$restarts"); do server_crash_and_restart restart-many-jobs; done
  settle
  measure breakerd memory-many-restarted stat
  measure breakerd campaigns-many campaigns --connections 64 --count $((campaigns_many - campaigns_few)) \
    --seconds 600
  measure breakerd open-many-both operate --count "$openings" --probe-dir "$work" --seconds 600
  server_crash_and_restart restart-many-both
  server_stop
}

# Open loop at half of the closed loop's rate, and an operator's calls while workers run flat out.
item_latency() {
  local full
  for item in enqueue cycle; do
    full=$(jq -s --arg item "$item" '[.[] | select(.item == $item and .contender == "breakerd"
      and .connections == 64).per_second] | add / length | floor' "$runs" 2>/dev/null) || continue
    server_start breakerd
    measure breakerd "$item-half-rate" "$item" --connections 256 --rate $((full / 2)) \
      --seconds "$seconds"
    server_stop
  done
  server_start breakerd
  measure breakerd operator-under-load operate --rate 10 --background 64 --seconds $((seconds * 2))
  server_stop
}

# keep_program ITEM PROGRAM ARGS...: what one of the in-process benchmarks prints, if it was built.
keep_program() {
  local item=$1 program line code=0
  program=$(find "$BUILD_DIR" -name "$2" -type f -perm -u+x -print -quit)
  shift 2
  [ -n "$program" ] || return 0
  line=$("$program" "$@") || code=$?
  keep breakerd "$item" "$code" "$line"
}

item_client() {
  mkdir "$work/client"
  keep_program client-enqueue client_bench "$work/client" 64 "$seconds"
  rm -rf "$work/client"
}

item_offline() {
  server_start breakerd
  fill "$offline_jobs"
  kill -TERM "$SERVER_PID"
  wait "$SERVER_PID" || true
  keep_program offline offline_bench "$SERVER_DIR"
  server_stop
}

# Workers whose heartbeats wait are told of an opening: alone, and beside campaigns in which nothing happens.
item_stop() {
  server_start breakerd
  keep_program stop stop_bench "$SERVER_PORT"
  measure breakerd campaigns-asleep campaigns --connections 64 --count "$campaigns_many" --seconds 600
  keep_program stop-beside-campaigns stop_bench "$SERVER_PORT"
  server_stop
}

# Workers whose leases wait, and one job after the other; and the same with workers that ask again and again.
item_wake() {
  local waiters
  server_start breakerd
  for waiters in 1 100 10000; do keep_program wake wake_bench "$SERVER_PORT" "$waiters"; done
  keep_program wake-polling wake_bench "$SERVER_PORT" 100 20 1000
  server_stop
}

item_race() {
  server_start breakerd
  fill 10000
  measure breakerd race race --connections 64 --tries "$race_tries" --seconds 600
  server_stop
}
