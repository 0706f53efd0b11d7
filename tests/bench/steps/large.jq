# runs.jsonl (slurped) of --large -> a table. $jobs: the large queue's.
include "lib";

def of(name): map(select(.item == name));
def verdict(ok; target): target + (if ok then ": met" else ": MISSED" end);

def memory_row(name; work; jobs): (of("large-memory-empty") | map(.rss_mib) | median) as $empty
  | (of(name) | map(.rss_mib) | median) as $full
  | if $empty == null or $full == null then empty else
    [work, (jobs | thousands) + " jobs", "\($full - $empty | to_places(1)) MiB over \($empty | to_places(1))",
     verdict($full - $empty <= 64; "<= 64 MiB more")] end;

# The large queue over the small one: within each round, then the median; and over all rounds together, with the
# compactions, which come in some rounds and not in others.
def growth(name; field): [of("large-\(name)-0"), of("large-\(name)-1")] | transpose
  | map(select(.[0] and .[1]) | (.[1] | field) / (.[0] | field)) | median;
def cpu: .server_cpu_s_per_1k;
def cpu_of_all: (map(cpu * .operations) | add) / (map(.operations) | add);

def cost_row(name; work): growth(name; cpu) as $cpu | growth(name; 1 / .per_second) as $time
  | of("large-\(name)-0") as $small | of("large-\(name)-1") as $large
  | if $cpu == null then empty else
    (($large | cpu_of_all) / ($small | cpu_of_all)) as $all
    | [["server CPU of \(work)", "\($jobs | thousands) over 1,000 jobs, 16 conn",
        "\($cpu | to_places(2)) x in the median round (\($large | map(cpu * 1000) | median | to_places(1)) us), "
        + "\($all | to_places(2)) x over all (\($large | cpu_of_all * 1000 | to_places(1)) us, with compaction)",
        verdict($cpu <= 1.3; "median <= 1.3 x") + ", " + verdict($all <= 1.3; "all <= 1.3 x")],
       ["time of \(work)", "\($jobs | thousands) over 1,000 jobs, 16 conn",
        "\($time | to_places(2)) x in the median round (\($large | map(.per_second) | median | thousands)/s)",
        verdict($time <= 1.3; "<= 1.3 x")]][] end;

def call_row(name; call): growth(name; .calls[call].p50_us) as $p50
  | if $p50 == null then empty else
    ["p50 of \(call)", "\($jobs | thousands) over 1,000 jobs, 16 conn",
     "\($p50 | to_places(2)) x (\(of("large-\(name)-1") | map(.calls[call].p50_us) | median | thousands) us)",
     verdict($p50 <= 1.3; "<= 1.3 x")] end;

[["work", "at", "result", "target"],
 memory_row("large-memory-tenth"; "memory (RSS), after filling"; $jobs / 10),
 memory_row("large-memory-many"; "memory (RSS), after filling"; $jobs),
 memory_row("large-memory-restarted"; "memory (RSS), restarted"; $jobs),
 (of("large-restart") | if length == 0 then empty else (map(.ready_ms) | median) as $ms
  | ["kill -9 to /readyz 200", ($jobs | thousands) + " jobs", "\($ms | to_places(0)) ms, worst \(map(.ready_ms) | max | to_places(0))",
     verdict($ms <= 500; "<= 500 ms")] end),
 cost_row("enqueue"; "an enqueue"), call_row("enqueue"; "enqueue"),
 cost_row("lease"; "a lease and a complete, warm, in order"), call_row("lease"; "lease"), call_row("lease"; "complete"),
 (of("offline") | if length == 0 then empty else
  (map(.replay_s / .walk_s) | median) as $replay | (map(.verify_s / .walk_s) | median) as $verify
  | ["replay / verify", (.[0].events | thousands) + " events",
     "\($replay | to_places(1)) / \($verify | to_places(1)) x a walk of \(map(.walk_s) | median | to_places(2)) s",
     verdict($replay <= 8; "replay <= 8 x") + ", " + verdict($verify <= 8; "verify <= 8 x")] end)]
| markdown, targets_missed
