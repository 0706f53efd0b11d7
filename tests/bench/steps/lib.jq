# What the tables share.

def median: map(select(. != null)) | sort
  | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;

# "1234567" -> "1,234,567"
def thousands: if . == null then "-" else
  (floor | tostring) | [while(length > 0; .[:-3]) | .[-3:]] | reverse | join(",") end;

def to_places(places): if . == null then "-" else
  (pow(10; places)) as $f | (. * $f | round) / $f | tostring end;

def padded(width): . + (" " * (width - length) // "");

# An array of rows of strings, the first one the head -> a markdown table.
def markdown: . as $rows
  | [range($rows[0] | length) as $c | $rows | map(.[$c] | length) | max] as $widths
  | def line: [range(length) as $c | .[$c] | padded($widths[$c])] | "| " + join(" | ") + " |";
  ([$rows[0] | line]
   + ["|" + ([$widths[] | "-" * (. + 2)] | join("|")) + "|"]
   + [$rows[1:][] | line]) | join("\n");

# Rows -> how many of their targets were met.
def targets_missed:
  ([flatten[] | strings | scan("\\b(?:met|MISSED)\\b")]) as $verdicts
  | ($verdicts | map(select(. == "MISSED")) | length) as $missed
  | if $verdicts == [] then empty
    else "\n\($verdicts | length) targets: \(($verdicts | length) - $missed) met, \($missed) missed on this machine at this moment." end;
