# runs.jsonl (slurped) -> the table of breakerd by itself. $jobs, $campaigns: what "many" means.
include "lib";

def of(name): map(select(.item == name));

# One value per call, in the order of the calls: "310 / 290 / 275".
def latencies(field): .[0].calls as $calls | . as $runs
  | ($calls // {}) | keys_unsorted
  | map(. as $call | $runs | map(.calls[$call][field]) | median | round | tostring) | join(" / ");

def verdict(ok; floor): if ok then floor + ": met" else floor + ": MISSED" end;

def rate_row(work; at; unit; floor): if length == 0 then empty else
  (map(.per_second) | median) as $rate
  | [work, at, ($rate | thousands) + " " + unit,
     latencies("p50_us"), latencies("p99_us"), latencies("p999_us"),
     (map(.server_cpu_s_per_1k) | median | if . == null then "-" else . * 1000 | to_places(1) end),
     (if floor == null then "" else verdict($rate >= floor; ">= " + (floor | thousands)) end)] end;

def by_connections(name; work; unit; floor_at_64):
  of(name) | group_by(.connections)[]
  | rate_row(work; "\(.[0].connections) conn"; unit;
             if .[0].connections == 64 then floor_at_64 else null end);

def call_row(work; at; call; floor): if length == 0 then empty else
  (map(.calls[call]) | map(select(. != null))) as $c
  | [work, at, "", ($c | map(.p50_us) | median | thousands), ($c | map(.p99_us) | median | thousands),
     ($c | map(.p999_us) | median | thousands), "-", floor] end;

# An opening beside the disk's own time in the same minute.
def opening_row(name; at): of(name) | if length == 0 then empty else
  (map(.calls.open.p50_us / .disk.p50_us) | median) as $ratio
  | call_row("opening"; at; "open";
             verdict($ratio <= 2; "<= 2 x fdatasync"))
  | .[2] = "\($ratio | to_places(2)) x fdatasync" end;

def plain_row(work; at; result; floor): [work, at, result, "", "", "", "-", floor];

# From the enqueue's request to the worker's answer, with the commit.
def wake_rows(name; work): of(name) | group_by(.connections)[]
  | [work, "\(.[0].connections) workers", "", (map(.p50_ms * 1000) | median | thousands),
     (map(.p99_ms * 1000) | median | thousands), "", "-", ""];

def restart_row(name; at; floor): of(name) | if length == 0 then empty else
  (map(.ready_ms) | median) as $ms
  | plain_row("kill -9 to /readyz 200"; at; "\($ms | to_places(0)) ms";
              verdict($ms < floor; "< \(floor) ms")) end;

def memory_row(name; work): (of("memory-empty") | map(.rss_mib) | median) as $empty
  | (of(name) | map(.rss_mib) | median) as $full
  | if $empty == null or $full == null then empty else
    plain_row(work; "\($jobs | thousands) jobs";
              "\($full - $empty | to_places(1)) MiB over \($empty | to_places(1)), "
              + "\(($full - $empty) * 1048576 / $jobs | to_places(1)) B a job";
              verdict($full - $empty <= 64; "<= 64 MiB more")) end;

($jobs | thousands) as $n | ($campaigns | thousands) as $c
| . as $runs
| [["work", "at", "result", "p50 us", "p99 us", "p99.9 us", "server CPU us/op", "target"],
   ($runs | of("ceiling") | rate_row("generator's own ceiling"; "64 conn"; "req/s"; null)),
   ($runs | of("fdatasync") | if length == 0 then empty else
      ["fdatasync of 4 KiB", "", "", (.[0].disk.p50_us | thousands), (.[0].disk.p99_us | thousands),
       (.[0].disk.p999_us | thousands), "-", ""] end),
   ($runs | by_connections("enqueue"; "durable enqueue"; "jobs/s"; 15000)),
   ($runs | by_connections("cycle"; "enqueue / lease / complete"; "cycles/s"; null)),
   ($runs | of("batch-1000") | rate_row("batch enqueue"; "4 conn x 1,000"; "jobs/s"; 100000)),
   ($runs | of("client-enqueue") | if length == 0 then empty else
      (map(.per_second) | median) as $rate
      | ($runs | of("enqueue") | map(select(.connections == 64).per_second) | median) as $http
      | plain_row("enqueue, in process"; "64 outstanding"; ($rate | thousands) + " jobs/s";
                  if $http == null then "" else verdict($rate >= 2 * $http; ">= 2 x HTTP at 64") end) end),
   ($runs | of("lease-64-complete")
      | rate_row("lease 64 / complete each"; "16 conn"; "jobs/s"; null)),
   ($runs | of("lease-64-complete-pipelined")
      | rate_row("the same, pipelined"; "4 conn"; "jobs/s"; null)),
   ($runs | of("lease-64-complete-64")
      | rate_row("lease 64 / complete 64 in one call"; "4 conn"; "jobs/s"; null)),
   (["1", "16"][] as $n
      | ($runs | by_connections("two-calls-" + $n; "complete \($n), lease \($n), two calls"; "jobs/s"; null)),
        ($runs | by_connections("rounds-" + $n; "the same in one call (settle)"; "jobs/s"; null))),
   ($runs | of("allow-http") | rate_row("GET breaker/allow"; "16 conn"; "req/s"; null)),
   ($runs | of("gate") | if length == 0 then empty else (map(.ns_per_call) | median) as $ns
      | plain_row("should_allow_request()"; "in process"; "\($ns | to_places(2)) ns";
                  verdict($ns < 5; "< 5 ns")) end),
   ($runs | opening_row("open-few"; "1,000 jobs, 10 campaigns")),
   ($runs | opening_row("open-many-jobs"; "\($n) jobs, 10 campaigns")),
   ($runs | opening_row("open-many-both"; "\($n) jobs, \($c) campaigns")),
   ($runs | restart_row("restart-many-jobs"; "\($n) jobs"; 1000)),
   ($runs | restart_row("restart-many-both"; "\($n) jobs, \($c) campaigns"; 1000)),
   ($runs | memory_row("memory-many"; "memory (RSS), after filling")),
   ($runs | memory_row("memory-many-restarted"; "memory (RSS), restarted")),
   ($runs | of("campaigns-many") | rate_row("campaign create / start"; "64 conn"; "campaigns/s"; null)),
   ($runs | of("offline") | if length == 0 then empty else
      (.[0].events | thousands) as $events
      | (map(.replay_s / .walk_s) | median) as $replay | (map(.verify_s / .walk_s) | median) as $verify
      | plain_row("replay / verify"; $events + " events";
                  "\($replay | to_places(1)) / \($verify | to_places(1)) x a walk of \(map(.walk_s) | median | to_places(2)) s";
                  verdict($replay <= 8 and $verify <= 8; "<= 8 x")) end),
   ($runs | of("enqueue-half-rate")
      | rate_row("enqueue, open loop, half rate"; "256 conn"; "jobs/s"; null)),
   ($runs | of("cycle-half-rate")
      | rate_row("cycle, open loop, half rate"; "256 conn"; "cycles/s"; null)),
   ($runs | of("operator-under-load") | . as $under | ("status", "open", "close", "resume_queue")
      | . as $call | $under
      | call_row("operator's \($call)"; "64 workers at full rate"; $call;
                 verdict((map(.calls[$call].p99_us) | median) < 20000; "p99 < 20 ms"))),
   ($runs | wake_rows("wake"; "enqueue to the worker that waits")),
   ($runs | wake_rows("wake-polling"; "the same, polled once a second")),
   ($runs | of("race") | if length == 0 then empty else
      (map(.leases_granted_after_open) | add) as $late
      | plain_row("leases sent after an opening's answer"; "64 lessees, \(map(.tries) | add) openings";
                  "\($late) of \(map(.leases_checked) | add) granted"; verdict($late == 0; "0")) end)]
| markdown, targets_missed
