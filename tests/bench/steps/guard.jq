# $ledger and $now (tables of instructions per operation) -> a table of both. $tolerance: percent.
include "lib";

def counts: split("\n") | map(select(length > 0 and (startswith("#") | not)) | split("\t")
  | {key: "\(.[0]) \(.[1])", value: (.[2] | tonumber)});

def verdict: if . == null then "not in the ledger: --update"
  elif . >= 1 + $tolerance / 100 then "LONGER by \($tolerance)% or more"
  elif . <= 1 - $tolerance / 100 then "shorter by \($tolerance)% or more: lower the ledger with --update"
  else "" end;

($ledger | counts | from_entries) as $before
| ($now | counts) as $rows
| [["operation", "connections", "ledger", "now", "ratio", ""],
   ($rows[] | (.key | split(" ")) as $name | $before[.key] as $old
    | (if $old == null then null else .value / $old end) as $ratio
    | [$name[0], $name[1], ($old | thousands), (.value | thousands), ($ratio | to_places(3)), ($ratio | verdict)]),
   ($before | keys_unsorted[] | select(. as $key | $rows | all(.key != $key)) | split(" ") as $name
    | [$name[0], $name[1], ($before[.] | thousands), "-", "-", "no longer counted: --update"])]
| "Instructions per operation, from the request's bytes to the answer's:\n", markdown
