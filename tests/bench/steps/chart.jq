# runs.jsonl (slurped) of --growth -> an SVG: three panels over a logarithmic size, one line per axis of growth.
include "lib";
include "points";

def width: 300; def height: 200; def gap: 70; def left: 60; def top: 50;
def colours: {"jobs": "#1f5fa8", "campaigns": "#c2571a"};
def decades: 7;  # 1 to 10,000,000

def x(size): (size | log10) / decades * width | to_places(1);
def y(value; most): height - value / most * height | to_places(1);
# The end of an axis of four steps, each 1, 2, 2.5 or 5 times a power of ten, that holds `most` and some air.
def axis_end: (. * 1.1 / 4) as $step | ($step | log10 | floor) as $power
  | first((1, 2, 2.5, 5, 10) * pow(10; $power) | select(. >= $step)) * 4;
def text(x; y; anchor; words):
  "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-size=\"11\">\(words)</text>";

def axes(title; most):
  "<rect width=\"\(width)\" height=\"\(height)\" fill=\"none\" stroke=\"#999\"/>",
  text(width / 2; -12; "middle"; title),
  (range(0; decades + 1) | text(. / decades * width | to_places(1); height + 16; "middle";
    ["1", "10", "100", "1k", "10k", "100k", "1M", "10M"][.])),
  (range(0; 5) | . / 4 * most | text(-6; y(.; most) | tonumber + 4 | tostring; "end"; to_places(1)));

def line(field; most):
  (.[0].axis) as $axis | sort_by(.size)
  | "<polyline fill=\"none\" stroke=\"\(colours[$axis])\" stroke-width=\"2\" points=\""
    + (map("\(x(.size)),\(y(.[field]; most))") | join(" ")) + "\"/>",
    (.[] | "<circle r=\"3\" cx=\"\(x(.size))\" cy=\"\(y(.[field]; most))\" fill=\"\(colours[$axis])\"/>");

def panel(number; field; title): . as $points
  | (map(.[field]) | max | axis_end) as $most
  | "<g transform=\"translate(\(left + number * (width + gap)),\(top))\">",
    axes(title; $most), ($points | group_by(.axis)[] | line(field; $most)), "</g>";

points
| "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(left + 3 * (width + gap))\" height=\"\(height + 2 * top + 20)\""
  + " font-family=\"sans-serif\">",
  "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
  panel(0; "enqueue"; "enqueue, p50 µs"), panel(1; "lease"; "lease, p50 µs"),
  panel(2; "memory"; "memory (RSS), MiB"),
  (["jobs", "campaigns"] | to_entries[]
   | "<g fill=\"\(colours[.value])\">" + text(left + .key * 170; top + height + 45; "start"; "— over \(.value) " +
     (if .value == "jobs" then "queued" else "running" end)) + "</g>"),
  "</svg>"
