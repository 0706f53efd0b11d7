# breakerd beside Redis Streams (fsync always) and beanstalkd (-f0): every acknowledged step is
# durable in each, the same generator loads each, and they take turns within a round, because
# the disk of most machines drifts. Sourced by run.sh.

peer_contenders() {
  local peer
  for peer in redis beanstalkd; do
    local program=$peer
    [ "$peer" = redis ] && program=redis-server
    if command -v "$program" >/dev/null; then
      echo "$peer"
    else
      echo "$program is not installed: left out" >&2
    fi
  done
  echo breakerd
}

peer_run() {  # CONTENDER ITEM ARGS...
  server_start "$1"
  measure "$@"
  server_stop
}

peer_rounds() {
  local contenders contender connections
  contenders=$(peer_contenders)
  for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    for connections in 1 16 64 256; do
      for contender in $contenders; do
        peer_run "$contender" enqueue enqueue --connections "$connections" --seconds "$seconds"
      done
      for contender in $contenders; do
        peer_run "$contender" cycle cycle --connections "$connections" --seconds "$seconds"
      done
    done
    for contender in $contenders; do
      peer_run "$contender" batch-64 batch --batch 64 --connections 4 --seconds "$seconds"
    done
  done
}
