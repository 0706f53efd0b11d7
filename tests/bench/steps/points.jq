# Growth's measurements, one object per point: {axis, size, enqueue, lease (p50 us), memory (MiB)}.
def points:
  map(select(.item | startswith("growth-"))
      | (.item | split("-")) as $name
      | {axis: $name[1], size: ($name[2] | tonumber)}
        + (if $name[3] == "memory" then {memory: .pss_mib}
           elif $name[3] == "enqueue" then {enqueue: .calls.enqueue.p50_us}
           elif $name[3] == "lease" then {lease: .calls.lease.p50_us}
           else {} end))
  | group_by([.axis, .size]) | map(add) | map(select(.enqueue and .lease and .memory));
