# Growth's measurements, one object per point, medians of its repetitions: {axis, size, enqueue, lease (p50 us),
# enqueue_cpu, lease_cpu (us of the server per job; a lease's with its complete), memory (MiB)}.
include "lib";

def cpu_us: if .server_cpu_s_per_1k then .server_cpu_s_per_1k * 1000 else null end;

def points:
  map(select(.item | startswith("growth-"))
      | (.item | split("-")) as $name
      | {axis: $name[1], size: ($name[2] | tonumber)}
        + (if $name[3] == "memory" then {memory: .rss_mib}
           elif $name[3] == "enqueue" then {enqueue: .calls.enqueue.p50_us, enqueue_cpu: cpu_us}
           elif $name[3] == "lease" then {lease: .calls.lease.p50_us, lease_cpu: cpu_us}
           else {} end))
  | group_by([.axis, .size])
  | map(. as $runs | {axis: .[0].axis, size: .[0].size}
        + ([("enqueue", "lease", "enqueue_cpu", "lease_cpu", "memory") as $field
            | {($field): ($runs | map(.[$field]) | median)}] | add))
  | map(select(.enqueue and .lease and .memory));
