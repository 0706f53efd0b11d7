# breakerd beside other durable queues: every acknowledged step is synced to the disk in each (peer_servers.sh), each
# stores the same payload, and they take turns within a round, because the disk of most machines drifts. One generator
# loads all but BullMQ, whose library is driven by peers/bullmq.js. Sourced by run.sh.

peer_names="redis beanstalkd postgres rabbitmq bullmq"
many_connections_peers="redis beanstalkd breakerd"  # those that are also measured at 256 connections

# peer_contenders: sets `contenders`, and says which peers are left out.
peer_contenders() {
  local peer
  contenders=
  for peer in ${against//,/ }; do
    [[ " $peer_names " == *" $peer "* ]] || die "unknown peer $peer (there are: $peer_names)"
    if ! peer_version "$peer" >/dev/null; then
      echo "$(peer_title "$peer") is not installed: left out" >&2
    elif [ "$peer" = postgres ] && ! (as_postgres test -x "$root"); then
      echo "PostgreSQL does not run as root, and its user cannot enter $root: left out" >&2
    else
      contenders+="$peer "
    fi
  done
  contenders+=breakerd
}

peer_facts() {
  local peer
  for peer in $contenders; do
    [ "$peer" = breakerd ] || echo "- $(peer_version "$peer")"
  done
}

peer_run() {  # CONTENDER ITEM MODE ARGS...
  server_start "$1"
  measure "$@"
  server_stop
}

# Jobs for as long as the run takes: lease 64, complete 64, each in one call, or what is nearest to it.
peer_batch_cycle() {  # CONTENDER CONNECTIONS
  local arguments=(--max 64 --connections "$2" --seconds "$seconds")
  server_start "$1"
  case $1 in
    bullmq) measure "$1" batch-cycle drain "${arguments[@]}" --count $((25000 * seconds)) ;;
    breakerd | postgres)
      fill $((200000 * seconds))
      settle
      measure "$1" batch-cycle drain "${arguments[@]}" --batch-complete ;;
  esac
  server_stop
}

# The same with what is completed in the call for the next jobs. Of Redis: XACK and XREADGROUP, sent together.
peer_rounds_of_16() {  # CONTENDER CONNECTIONS
  server_start "$1"
  fill $((200000 * seconds))
  settle
  measure "$1" rounds-16 drain --max 16 --connections "$2" --seconds "$seconds" --rounds
  server_stop
}

# each_contender ITEM CONNECTIONS MODE ARGS...: all in turn.
each_contender() {
  local item=$1 connections=$2 mode=$3 contender
  shift 3
  for contender in $contenders; do
    if [ "$connections" -gt 64 ] && [[ " $many_connections_peers " != *" $contender "* ]]; then continue; fi
    peer_run "$contender" "$item" "$mode" --connections "$connections" --seconds "$seconds" "$@"
  done
}

peer_rounds() {
  local connections contender
  for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    for connections in 1 16 64 256; do
      each_contender enqueue "$connections" enqueue
      each_contender cycle "$connections" cycle
    done
    each_contender batch-64 4 batch --batch 64
    for connections in 4 16 64; do
      for contender in $contenders; do
        if [[ " bullmq breakerd postgres " == *" $contender "* ]]; then peer_batch_cycle "$contender" "$connections"; fi
      done
    done
    for connections in 16 64; do
      for contender in $contenders; do
        if [[ " redis breakerd " == *" $contender "* ]]; then peer_rounds_of_16 "$contender" "$connections"; fi
      done
    done
  done
}
