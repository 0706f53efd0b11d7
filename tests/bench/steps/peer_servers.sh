# The servers that breakerd is compared with: which are there, and how each is started so that all that it acknowledges
# is synced to the disk first. Sourced by run.sh. They are installed for the comparison only.

# Where the modules bullmq and ioredis are looked for: npm install --prefix build/bench bullmq ioredis
node_modules=${BREAKERD_BENCH_NODE_MODULES:-$root/build/bench/node_modules}
rabbitmq_server=/usr/lib/rabbitmq/bin/rabbitmq-server

# The newest of Debian's versions, or the one on the PATH.
postgres_programs() {
  local found
  found=$(find /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1) || true
  [ -n "$found" ] || found=$(command -v postgres) || return 1
  dirname "$found"
}

# as_postgres COMMAND ARGS...: PostgreSQL does not run as root.
as_postgres() {
  if [ "$EUID" -eq 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  fi
  exec "$@"
}

# peer_version PEER: prints name and version; fails when the peer is not installed.
peer_version() {
  local text
  case $1 in
    redis) text=$(redis-server --version 2>/dev/null) || return 1
      echo "Redis $(sed -n 's/.*v=\([0-9.]*\).*/\1/p' <<<"$text"), appendfsync always" ;;
    beanstalkd) text=$(beanstalkd -v 2>/dev/null) || return 1
      echo "$text -f0 (its leases are not logged)" ;;
    postgres) text=$("$(postgres_programs)/postgres" --version 2>/dev/null) || return 1
      read -r _ _ text _ <<<"$text"
      echo "PostgreSQL $text, SKIP LOCKED, prepared statements, synchronous_commit on" ;;
    rabbitmq) [ -x "$rabbitmq_server" ] && command -v epmd >/dev/null || return 1
      text=$(find "${rabbitmq_server%/bin/*}"/lib -maxdepth 1 -name 'rabbitmq_server-*' -print -quit)
      echo "RabbitMQ ${text##*-}, quorum queue, publisher confirms, manual ack (which is not answered)" ;;
    bullmq) command -v redis-server >/dev/null && command -v node >/dev/null && [ -d "$node_modules/ioredis" ] || return 1
      text=$(jq -r .version "$node_modules/bullmq/package.json" 2>/dev/null) || return 1
      echo "BullMQ $text on Node.js $(node --version) and Redis, appendfsync always" ;;
  esac
}

peer_title() {
  case $1 in
    redis) echo Redis ;; postgres) echo PostgreSQL ;; rabbitmq) echo RabbitMQ ;; bullmq) echo BullMQ ;; *) echo "$1" ;;
  esac
}

# launch_redis LOG
launch_redis() {
  redis-server --bind 127.0.0.1 --port "$SERVER_PORT" --dir "$SERVER_DIR" --save "" --appendonly yes \
    --appendfsync always >>"$1" 2>&1 &
  SERVER_PID=$!
}

# launch_postgres LOG: checkpoints are kept out of the short runs, and the cache is large enough for all.
launch_postgres() {
  local programs data=$SERVER_DIR/data
  programs=$(postgres_programs)
  mkdir "$data"
  chmod 711 "$work" "$SERVER_DIR"
  [ "$EUID" -ne 0 ] || chown postgres "$data"
  if ! (cd "$data" && as_postgres "$programs/initdb" -A trust -U postgres -D "$data") >>"$1" 2>&1 ||
    ! (cd "$data" && as_postgres "$programs/postgres" --single -D "$data" postgres) \
      <"$here/peers/postgres.sql" >>"$1" 2>&1; then
    tail -n 5 "$1" >&2
    die "PostgreSQL could not make its database"
  fi
  (cd "$data" && as_postgres "$programs/postgres" -D "$data" -c port="$SERVER_PORT" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=300 -c shared_buffers=512MB -c max_wal_size=8GB \
    -c synchronous_commit=on) >>"$1" 2>&1 &
  SERVER_PID=$!
}

# launch_rabbitmq LOG: with an epmd of its own.
launch_rabbitmq() {
  local epmd_port dist_port
  epmd_port=$(free_port $((SERVER_PORT + 1)))
  dist_port=$(free_port $((epmd_port + 1)))
  epmd -port "$epmd_port" -address 127.0.0.1 >>"$1" 2>&1 &
  RABBITMQ_EPMD=$!
  printf 'listeners.tcp.local = 127.0.0.1:%s\n' "$SERVER_PORT" >"$SERVER_DIR/rabbitmq.conf"
  echo '[].' >"$SERVER_DIR/plugins"
  HOME=$SERVER_DIR RABBITMQ_NODENAME=bench@localhost RABBITMQ_MNESIA_BASE=$SERVER_DIR/data \
    RABBITMQ_LOG_BASE=$SERVER_DIR/log RABBITMQ_CONFIG_FILE=$SERVER_DIR/rabbitmq.conf \
    RABBITMQ_ENABLED_PLUGINS_FILE=$SERVER_DIR/plugins RABBITMQ_DIST_PORT=$dist_port \
    ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1 "$rabbitmq_server" >>"$1" 2>&1 &
  SERVER_PID=$!
}

# end_rabbitmq: the broker itself and not its script, which would first ask the broker to end; its data is thrown away.
end_rabbitmq() {
  local broker
  broker=$(pgrep -P "$SERVER_PID" -f beam.smp) || broker=$SERVER_PID
  kill -KILL "$broker" "$RABBITMQ_EPMD" 2>/dev/null || true
  wait "$RABBITMQ_EPMD" 2>/dev/null || true
}
