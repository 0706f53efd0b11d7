# runs.jsonl (slurped) of --peers -> medians, ratios, and CPU.
include "lib";

def titles: {"redis": "Redis", "beanstalkd": "beanstalkd", "postgres": "PostgreSQL", "rabbitmq": "RabbitMQ", "bullmq": "BullMQ"};

# The ratio that is aimed at: item, connections, peer -> [target] or [target, stretch].
def asked: {
  "enqueue": {"1": {"redis": [0.6, 0.8], "beanstalkd": [0.6, 0.8]}, "16": {"redis": [1.0, 1.1]},
              "64": {"redis": [0.8, 1.0]}, "256": {"redis": [0.6, 0.8]}},
  "cycle": {"16": {"redis": [1.0, 1.2]},
            "64": {"redis": [1.0, 1.2], "beanstalkd": [3], "postgres": [3], "rabbitmq": [2], "bullmq": [2]},
            "256": {"redis": [0.8, 1.0]}},
  "batch-64": {"4": {"redis": [1.0]}},
  "batch-cycle": (["4", "16", "64"] | map({(.): {"postgres": [3], "bullmq": [3]}}) | add)};

def work: {"enqueue": "enqueue", "cycle": "full cycle", "batch-64": "enqueue, 64 a request",
           "batch-cycle": "lease 64, complete 64", "rounds-16": "complete 16 and lease 16, one call"};

def rate_of(name): map(select(.contender == name).per_second) | median;
def cpu_of(name): map(select(.contender == name).server_cpu_s_per_1k) | median
  | if . == null then null else . * 1000 end;

# Ratios are taken within each round, where both met the same disk, and then their median.
def ratio(own; other): group_by(.round)
  | map((map(select(.contender == "breakerd")) | .[0] | own) as $own | (.[0] | null) as $none
        | (map(other) | map(select(. != null)) | .[0]) as $other
        | if $own == null or $other == null or $other == 0 then $none else $own / $other end)
  | median;
def ratio_to(peer): ratio(.per_second; select(.contender == peer).per_second);

def against(asked): . as $ratio | if . == null then "-" elif asked == null then to_places(2) else
  ([asked | to_entries[] | (if .key == 0 then "" else "stretch " end) + ">= \(.value): "
    + (if $ratio >= .value then "met" else "MISSED" end)] | join(", ")) as $verdicts
  | "\(to_places(2)) (\($verdicts))" end;

# CPU of a full cycle, with that of breakerd's own load generator, since BullMQ's is its library's.
def with_clients: if .client_cores == null then null else
  (.server_cores + .client_cores) * .seconds * 1e6 / .operations end;

(map(.contender) | unique) as $there
| ([titles | keys_unsorted[] | select(. as $name | $there | any(. == $name))]) as $peers
| (group_by([.item, .connections]) | sort_by([(.[0].item as $i | work | keys_unsorted | index($i)), .[0].connections])) as $groups
| [["work", "conn", "breakerd/s", ($peers[] | titles[.] + "/s")],
   ($groups[] | [work[.[0].item], (.[0].connections | tostring), (rate_of("breakerd") | thousands),
                 ($peers[] as $peer | rate_of($peer) | thousands)])] as $rates
| [["work", "conn", ($peers[] | "to " + titles[.])],
   ($groups[] | (asked[.[0].item][.[0].connections | tostring] // {}) as $asked
    | [work[.[0].item], (.[0].connections | tostring), ($peers[] as $peer | ratio_to($peer) | against($asked[$peer]))])] as $ratios
| [["CPU, us/op", "conn", "breakerd", ($peers[] | if . == "bullmq" then "Redis + BullMQ" else titles[.] end)],
   ($groups[] | [work[.[0].item], (.[0].connections | tostring), (cpu_of("breakerd") | to_places(1)),
                 ($peers[] as $peer | cpu_of($peer) | to_places(1))])] as $cpu
| [["CPU per full cycle", "conn", "breakerd", "with its load generator", "Redis + BullMQ", "ratio, generator counted"],
   ($groups[] | select(.[0].item == "cycle") | select(any(.contender == "bullmq"))
    | ratio(with_clients; select(.contender == "bullmq").server_cpu_s_per_1k * 1000) as $ratio
    | ["us", (.[0].connections | tostring), (cpu_of("breakerd") | to_places(1)),
       (map(select(.contender == "breakerd") | with_clients) | median | to_places(1)), (cpu_of("bullmq") | to_places(1)),
       "\($ratio | to_places(2)) (lower: \(if $ratio < 1 then "met" else "MISSED" end))"])] as $bullmq
| ($rates | markdown), "", ($ratios | markdown), "", ($cpu | markdown),
  (if ($bullmq | length) > 1 then "", ($bullmq | markdown) else empty end), ([$ratios, $bullmq] | targets_missed)
