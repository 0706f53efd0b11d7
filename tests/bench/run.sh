#!/usr/bin/env bash
# Measures breakerd and prints one table. Called by `./dev bench`; needs jq.
#   BUILD_DIR  a release build; breakerd (or $BREAKERD) and breakerd_load are searched in it
#   --all      everything, one after the other: alone, --peers, --large, --growth with ten million jobs; half an hour
#   --quick    about two minutes
#   --peers    beside Redis, beanstalkd, PostgreSQL, RabbitMQ and BullMQ, those that are installed, in interleaved rounds;
#              --against A,B: only beside redis beanstalkd postgres rabbitmq bullmq
#              BREAKERD_BENCH_NODE_MODULES: where bullmq and ioredis are (default: build/bench/node_modules)
#   --growth   how cost moves from 1,000 to --jobs queued and from 1 to --campaigns: a table and growth.svg;
#              --docs: the chart goes to docs/growth.svg, too
#   --large    what is asked of --jobs queued (default then: 10,000,000): memory, restart, cost, replay and verify
#   --drill    an outage of the service that all of --jobs need (default then: 172,879; --quick: 5,000), with breakerd and
#              --against bullmq graphile pgboss rabbitmq, those that are installed (drill/); half an hour or more
#              --rate N: jobs a second at the end of breakerd's plan (default: 1,000; --quick: 500)
#              BREAKERD_BENCH_NODE: another Node.js than that of the modules
#   --guard    no times: instructions per hot operation beside the ledger guard.tsv (--update: write it); needs valgrind
#   --only A,B items: machine enqueue cycle batch client drain rounds gate growth offline latency stop wake race
#   --seconds N, --rounds N, --jobs N, --campaigns N
# Results: build/bench/<time>/{results.md,runs.jsonl}, and build/bench/latest points to them.
# Exit: 0 done (missed floors are reported, and are no failure); 1 a call was answered wrongly, an operation is over
# the ledger, or a promise is broken in the drill; 2 could not run. Traffic goes to 127.0.0.1 only.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/steps/server.sh"
. "$here/steps/let_pass.sh"
. "$here/steps/measure.sh"
. "$here/steps/items.sh"
. "$here/steps/peer_servers.sh"
. "$here/steps/peers.sh"
. "$here/steps/growth.sh"
. "$here/steps/large.sh"
. "$here/steps/guard.sh"
. "$here/steps/drill.sh"

die() { echo "bench: $*" >&2; exit 2; }
usage() { sed -n '2,21s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

seconds=5 rounds=1 openings=200 restarts=5 race_tries=1000 drain_jobs=500000
jobs_many='' campaigns_many=100000 offline_jobs=1000000
items=machine,enqueue,cycle,batch,client,drain,rounds,gate,growth,offline,latency,stop,wake,race
what=alone guard_update='' growth_docs='' against=''
drill_jobs=172879 drill_outage=60 drill_rate=1000 drill_patience=3600  # seconds; jobs a second at the plan's end

while [ $# -gt 0 ]; do
  case $1 in
    --quick) seconds=2 openings=50 restarts=3 race_tries=200 drain_jobs=200000 offline_jobs=200000
      drill_jobs=5000 drill_outage=10 drill_rate=500 drill_patience=600 ;;
    --all) what=all ;;
    --peers) what=peers ;;
    --against) against=$2; shift ;;
    --growth) what=growth ;;
    --docs) growth_docs=yes ;;
    --large) what=large ;;
    --drill) what=drill ;;
    --rate) drill_rate=$2; shift ;;
    --guard) what=guard ;;
    --update) guard_update=yes ;;
    --only) items=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --jobs) jobs_many=$2; shift ;;
    --campaigns) campaigns_many=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; die "unknown argument $1" ;;
  esac
  shift
done
if [ -z "$jobs_many" ]; then
  case $what in large) jobs_many=10000000 ;; drill) jobs_many=$drill_jobs ;; *) jobs_many=1000000 ;; esac
fi
if [ -z "$against" ]; then
  case $what in drill) against=${drill_peers// /,} ;; *) against=${peer_names// /,} ;; esac
fi

find_program() { find "$BUILD_DIR" -name "$1" -type f -perm -u+x -print -quit 2>/dev/null || true; }

BUILD_DIR=${BUILD_DIR:-${BREAKERD_BUILD:-$root/build/release}}
command -v jq >/dev/null || die "jq is needed (apt-get install jq)"
if [ $what = guard ]; then
  run_guard
  exit
fi
if [ $what = all ]; then
  "$0"
  "$0" --peers --rounds 5 --seconds 2
  "$0" --large
  exec "$0" --growth --jobs 10000000 --campaigns 100000
fi
[ -z "$guard_update" ] || die "--update goes with --guard"
[ -z "$growth_docs" ] || [ $what = growth ] || die "--docs goes with --growth"
[ $what != peers ] || peer_contenders
[ $what != drill ] || drill_contenders
load=$(find_program breakerd_load)
breakerd=${BREAKERD:-$(find_program breakerd)}
[ -n "$load" ] || [ $what = drill ] || die "no breakerd_load in $BUILD_DIR"
[ -n "$breakerd" ] || die "no breakerd in $BUILD_DIR"
check=$(find_program breakerd_load_check)
[ -z "$check" ] || "$check" >/dev/null || die "the load generator fails its own tests: $check"

out=$root/build/bench/$(date +%Y%m%d-%H%M%S)
mkdir -p "$out"
runs=$out/runs.jsonl
: >"$runs"
# Beside the results and not in /tmp, which may be in memory: the disk is part of what is measured.
work=$(mktemp -d "$root/build/bench/work.XXXXXX")
trap 'large_stop; server_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# machine_is_busy: whether others take a fifth of the cores now. The load average would tell of the run before, too.
machine_is_busy() {
  local before after
  before=$(head -1 /proc/stat)
  let_pass 2
  after=$(head -1 /proc/stat)
  printf '%s\n' "$before" "$after" | awk '
    {for (i = 2; i <= 9; ++i) all[NR] += $i; idle[NR] = $5 + $6}
    END {exit !(1 - (idle[2] - idle[1]) / (all[2] - all[1]) > 0.2)}'
}

machine_facts() {
  local changed=
  git -C "$root" diff --quiet HEAD 2>/dev/null || changed=" (with changes)"
  echo "- $(date -u '+%Y-%m-%d %H:%M UTC'), commit $(git -C "$root" rev-parse --short HEAD)$changed"
  echo "- $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) cores, load generator included"
  echo "- Linux $(uname -r), data on $(stat -f -c %T "$work")"
  if machine_is_busy; then
    echo "- **The machine was busy with other work when this began: the figures say little.**"
  fi
}

{
  echo "# breakerd bench"
  echo
  machine_facts
  [ $what != peers ] || peer_facts
  [ $what != drill ] || drill_facts
  echo
} >"$out/results.md"

round=1
if [ $what = peers ]; then
  peer_rounds
  jq -rs -L "$here/steps" -f "$here/steps/peers.jq" "$runs" >>"$out/results.md"
elif [ $what = drill ]; then
  drill_rounds
  jq -rs -L "$here/steps" -f "$here/steps/drill.jq" "$runs" >>"$out/results.md"
elif [ $what = growth ]; then
  growth_of_jobs
  growth_of_campaigns
  jq -rs -L "$here/steps" -f "$here/steps/growth.jq" "$runs" >>"$out/results.md"
  jq -rs -L "$here/steps" -f "$here/steps/chart.jq" "$runs" >"$out/growth.svg"
  [ -z "$growth_docs" ] || cp "$out/growth.svg" "$root/docs/growth.svg"
elif [ $what = large ]; then
  large_queue
  jq -rs -L "$here/steps" --argjson jobs "$jobs_many" -f "$here/steps/large.jq" "$runs" >>"$out/results.md"
else
  for round in $(seq "$rounds"); do
    for item in ${items//,/ }; do
      echo "$item" >&2
      "item_$item"
    done
  done
  jq -rs -L "$here/steps" --argjson jobs "$jobs_many" --argjson campaigns "$campaigns_many" \
    -f "$here/steps/table.jq" "$runs" >>"$out/results.md"
fi

ln -sfn "$(basename "$out")" "$root/build/bench/latest"
cat "$out/results.md"
echo
echo "kept in ${out#"$root"/}" >&2
[ "$failures" -eq 0 ] || { echo "$failures runs failed" >&2; exit 1; }
