# What is asked of a queue of --jobs (ten million): memory, restart, the cost of an enqueue and of a lease beside a small
# queue's, replay and verify. Sourced by run.sh.

large_rounds=8  # in turn between the small and the large queue
large_operations=20000
large_pids=() large_ports=() large_dirs=()  # 0: the small queue's server, 1: the large one's

large_start() {  # NUMBER
  server_start breakerd
  large_pids[$1]=$SERVER_PID large_ports[$1]=$SERVER_PORT large_dirs[$1]=$SERVER_DIR
}

# use_server NUMBER: the rest of the bench speaks to that one of the two.
use_server() {
  SERVER_PID=${large_pids[$1]} SERVER_PORT=${large_ports[$1]} SERVER_DIR=${large_dirs[$1]}
}

large_stop_one() {  # NUMBER
  use_server "$1"
  server_stop
  unset "large_pids[$1]"
}

# large_stop: those of the two that run. Called at the end of every bench.
large_stop() {
  local number
  for number in "${!large_pids[@]}"; do large_stop_one "$number"; done
}

# Enqueues, then as many leases and completes, so that the queues keep their sizes from round to round.
large_costs() {
  local number
  for round in $(seq "$large_rounds"); do
    for number in 0 1; do
      use_server "$number"
      measure breakerd "large-enqueue-$number" enqueue --connections 16 --seconds 60 --count "$large_operations"
    done
    for number in 0 1; do
      use_server "$number"
      measure breakerd "large-lease-$number" drain --max 1 --connections 16 --seconds 60 --count "$large_operations"
    done
  done
  round=1
}

large_restarts() {
  for _ in $(seq "$restarts"); do
    server_crash_and_restart large-restart
    large_pids[1]=$SERVER_PID
  done
}

large_queue() {
  local small=1000 tenth=$((jobs_many / 10))
  echo "takes about $((2 + jobs_many / 2000000)) minutes or more and $((1 + jobs_many / 2000000)) GB of disk" >&2
  large_start 1
  settle
  measure breakerd large-memory-empty stat
  fill "$tenth"
  settle
  measure breakerd large-memory-tenth stat
  fill $((jobs_many - tenth))
  settle
  measure breakerd large-memory-many stat
  large_start 0
  fill "$small"
  large_costs
  large_stop_one 0  # memory is measured without a second process that shares pages
  use_server 1
  large_restarts
  settle
  measure breakerd large-memory-restarted stat
  kill -TERM "$SERVER_PID"
  wait "$SERVER_PID" || true
  echo "  data: $(du -sm "$SERVER_DIR" | cut -f1) MiB" >&2
  keep_program offline offline_bench "$SERVER_DIR"
  large_stop
}
