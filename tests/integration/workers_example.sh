#!/usr/bin/env bash
# The workers of docs/examples, in Python and in bash: each does its jobs, tells a bad job from a service that is down, gives
# up what it is told to, and ends when asked. (docs/workers.md prints them: documents_test.py compares.)
set -euo pipefail
BREAKERD=${BREAKERD:?} SOURCE=${BREAKERD_SOURCE:?}

source "$(dirname "${BASH_SOURCE[0]}")/processes_lib.sh"

# /N answers with status N at once, /slow with a byte every 50 ms until the client hangs up.
cat >"$work/service.py" <<'SERVICE'
import http.server, select
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/slow" else int(self.path[1:]))
        self.end_headers()
        try:
            while self.path == "/slow" and not select.select([self.connection], [], [], 0.05)[0]:
                self.wfile.write(b".")
            self.wfile.write(b"12345")
        except OSError:
            pass
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_port, flush=True)
server.serve_forever()
SERVICE
: >"$work/service.out"
python3 "$work/service.py" >>"$work/service.out" 2>"$work/service.log" &
pids+=($!)
wait_for_line "$work/service.out" listening
service=http://127.0.0.1:$(awk '{print $2}' "$work/service.out")

start_daemon data --port 0
export BREAKERD_ADDRESS=$url LEASE_MS=6000
api=$BREAKERD_ADDRESS/api/v1

post() { curl -fsS --json "${2:-{\}}" "$api$1"; }
enqueue() { post /jobs "{\"job_type\":\"fetch\",\"max_attempts\":2,\"payload\":$1}" | jq .data.id; }
job() { curl -fsS "$api/jobs/$1" | jq -r ".data | $2"; }
job_is() { [[ $(job "$1" .status) == "$2" ]]; }
circuit_is() { [[ $(curl -fsS "$api/breaker" | jq -r .data.state) == "$1" ]]; }

check() {  # check NAME COMMAND...: the worker
  local name=$1 good bad empty down slow worker
  shift
  good=$(enqueue "{\"url\":\"$service/200\"}")
  bad=$(enqueue "{\"url\":\"$service/404\"}")
  empty=$(enqueue null)
  "$@" >"$work/$name.log" 2>&1 &
  worker=$!
  pids+=("$worker")
  wait_for 60 "$name's good job" job_is "$good" COMPLETED
  expect "$name's result" "$(job "$good" '.result | tojson')" '{"bytes":5}'
  wait_for 60 "$name's bad job" job_is "$bad" FAILED
  expect "$name's bad job" "$(job "$bad" '.error + " " + (.attempts | tostring)')" "$service/404 answered 404 2"
  wait_for 60 "$name's empty job" job_is "$empty" FAILED
  expect "$name's circuit after bad jobs" "$(curl -fsS "$api/breaker" | jq -r .data.state)" closed

  # A service that is down stops everybody, and the job waits on.
  down=$(enqueue "{\"url\":\"$service/503\"}")
  wait_for 60 "$name to open the circuit" circuit_is open
  expect "$name's report" "$(curl -fsS "$api/breaker" | jq -r '.data.metadata | .service + ": " + .last_error')" \
    "web: $service/503 answered 503"
  expect "$name's job of the failed service" "$(job "$down" '.status + " " + (.attempts | tostring)')" "PAUSED 0"
  post "/jobs/$down/cancel" >/dev/null
  post /breaker/close >/dev/null

  # Work in hand is given up when somebody opens the circuit.
  slow=$(enqueue "{\"url\":\"$service/slow\"}")
  wait_for 60 "$name to hold the slow job" has_event "$slow" JobLeased
  post /breaker/open '{"reason":"drill"}' >/dev/null
  wait_for 60 "$name to give the slow job back" has_event "$slow" JobReleased
  expect "$name's slow job" "$(job "$slow" .status)" PAUSED
  post "/jobs/$slow/cancel" >/dev/null
  post /breaker/close >/dev/null

  kill "$worker"
  wait "$worker" || fail "$name ended with $?"
  echo "$name does its jobs, stops everybody for a 503 and only the job for a 404, and gives up what it is told to"
}
has_event() { [[ $(curl -fsS "$api/events?stream=job-$1&type=$2" | jq '.data.events | length') != 0 ]]; }

check worker.py python3 "$SOURCE/docs/examples/worker.py"
check worker.sh bash "$SOURCE/docs/examples/worker.sh"
