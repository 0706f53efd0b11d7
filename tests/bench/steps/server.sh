# Starting and ending the servers under test. Sourced by run.sh.
#   SERVER_NAME, SERVER_PID, SERVER_PORT, SERVER_DIR, SERVER_PROTOCOL describe the one that runs.

SERVER_PID=
ready_seconds_max=120

# free_port [FROM]: below the ports that the system gives to clients: a connection of the run before may still linger on
# one of those. FROM: to have another one than that which was given out before, and has no listener yet.
free_port() {
  local first=${1:-$((20000 + $$ % 10000))} port
  for ((port = first; port < first + 2000; ++port)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no port from $first on is free"
}

# server_launch CONTENDER: starts it on SERVER_DIR and SERVER_PORT, and returns at once.
server_launch() {
  local log=$work/$1.log
  SERVER_NAME=$1
  case $1 in
    breakerd)
      SERVER_PROTOCOL=http
      "$breakerd" --data-dir "$SERVER_DIR" --port "$SERVER_PORT" >>"$log" 2>&1 &
      SERVER_PID=$! ;;
    redis | bullmq)
      SERVER_PROTOCOL=resp
      launch_redis "$log" ;;
    beanstalkd)
      SERVER_PROTOCOL=beanstalk
      beanstalkd -l 127.0.0.1 -p "$SERVER_PORT" -b "$SERVER_DIR" -f0 >>"$log" 2>&1 &
      SERVER_PID=$! ;;
    postgres | graphile | pgboss)
      SERVER_PROTOCOL=postgres
      launch_postgres "$log" ;;
    rabbitmq)
      SERVER_PROTOCOL=amqp
      launch_rabbitmq "$log" ;;
  esac
}

# server_start CONTENDER: on an empty directory; returns when it is ready.
server_start() {
  SERVER_DIR=$(mktemp -d "$work/$1.XXXXXX")
  SERVER_PORT=$(free_port)
  server_launch "$1"
  if ! "$load" ready --protocol "$SERVER_PROTOCOL" --port "$SERVER_PORT" \
    --seconds "$ready_seconds_max" >/dev/null; then
    echo "$1 did not start; its last words:" >&2
    tail -n 5 "$work/$1.log" >&2
    exit 2
  fi
  if [ "$1" = redis ]; then
    redis-cli -p "$SERVER_PORT" XGROUP CREATE bench workers 0 MKSTREAM >/dev/null
  fi
}

# server_stop: ends it and throws its data away.
server_stop() {
  [ -n "$SERVER_PID" ] || return 0
  case $SERVER_NAME in
    rabbitmq) end_rabbitmq ;;
    postgres | graphile | pgboss) kill -QUIT "$SERVER_PID" 2>/dev/null || true ;;  # at once, without a last checkpoint
    *) kill -TERM "$SERVER_PID" 2>/dev/null || true ;;
  esac
  wait "$SERVER_PID" 2>/dev/null || true
  SERVER_PID=
  rm -rf "$SERVER_DIR"
}

# server_crash_and_restart ITEM: kill -9, start again on the same data, and measure to ready.
server_crash_and_restart() {
  kill -KILL "$SERVER_PID"
  wait "$SERVER_PID" 2>/dev/null || true
  local since
  since=$(date +%s%N)
  server_launch breakerd
  measure breakerd "$1" ready --since "$since" --seconds "$ready_seconds_max"
}
