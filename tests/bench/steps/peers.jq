# runs.jsonl (slurped) of --peers -> medians and ratios.
include "lib";

# The ratio to Redis that is aimed at: [item, connections] -> ratio.
def asked_of_redis: {
  "enqueue": {"1": 0.6, "16": 1.0, "64": 0.8, "256": 0.6},
  "cycle": {"16": 1.0, "64": 1.0, "256": 0.8},
  "batch-64": {"4": 1.0}};

def rate_of(name): map(select(.contender == name).per_second) | median;
def cpu_of(name): map(select(.contender == name).server_cpu_s_per_1k) | median
  | if . == null then "-" else . * 1000 | to_places(1) end;

# Ratios are taken within each round, where both met the same disk, and then their median.
def ratio_to(peer): group_by(.round)
  | map((map(select(.contender == "breakerd")) | .[0].per_second) as $own
        | (map(select(.contender == peer)) | .[0].per_second) as $other
        | if $own == null or $other == null or $other == 0 then null else $own / $other end)
  | median;

def against(asked): if . == null then "-" elif asked == null then to_places(2)
  else to_places(2) + (if . >= asked then " (>= \(asked): met)" else " (>= \(asked): MISSED)" end) end;

[["work", "conn", "Redis/s", "beanstalkd/s", "breakerd/s", "to Redis", "to beanstalkd",
  "CPU us/op: Redis", "beanstalkd", "breakerd"],
 (group_by([.item, .connections])[]
  | (.[0].item) as $item | (.[0].connections | tostring) as $conn
  | [$item, $conn, (rate_of("redis") | thousands), (rate_of("beanstalkd") | thousands),
     (rate_of("breakerd") | thousands),
     (ratio_to("redis") | against(asked_of_redis[$item][$conn])),
     (ratio_to("beanstalkd") | against(if $item == "cycle" and $conn == "64" then 3 else null end)),
     cpu_of("redis"), cpu_of("beanstalkd"), cpu_of("breakerd")])]
| markdown
