# runs.jsonl (slurped) of --growth -> a table.
include "lib";
include "points";

points as $points
| [["axis", "size", "enqueue p50 us", "to the smallest", "lease p50 us", "to the smallest", "PSS MiB"],
   ($points | group_by(.axis)[] | sort_by(.size) | .[0] as $first | .[]
    | [.axis, (.size | thousands), (.enqueue | thousands), (.enqueue / $first.enqueue | to_places(2)),
       (.lease | thousands), (.lease / $first.lease | to_places(2)), (.memory | to_places(1))])]
| markdown
