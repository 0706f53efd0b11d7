# Time between two looks at a counter, over which its growth is measured. Sourced by run.sh. The one place where the
# benchmarks' scripts sleep (see tests/house/sleeps_test.sh): nothing is waited for.

# let_pass SECONDS
let_pass() { sleep "$1"; }
