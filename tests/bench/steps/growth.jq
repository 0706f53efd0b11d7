# runs.jsonl (slurped) of --growth -> a table. Ratios are to the smallest size of the axis; --large measures those of the
# largest in turn with the smallest, which says more.
include "lib";
include "points";

def beside(first): "\(to_places(1)) (\(. / first | to_places(2)) x)";

points as $points
| [["axis", "size", "enqueue p50 us", "lease p50 us", "CPU us per enqueue", "CPU us per lease and complete", "RSS MiB"],
   ($points | group_by(.axis)[] | sort_by(.size) | .[0] as $first | .[]
    | [.axis, (.size | thousands), (.enqueue | beside($first.enqueue)), (.lease | beside($first.lease)),
       (.enqueue_cpu | beside($first.enqueue_cpu)), (.lease_cpu | beside($first.lease_cpu)),
       (.memory | to_places(1))])]
| markdown
