# No test sleeps: rules for sleeps_test.sh. Sourced.
#
# A sleep waits for nothing that a test could name: too short, it hides a race, and too long, everybody's time. What can
# be waited for has a signal (a process's end, a line, a counter), or is asked for (tests/support/eventually.hpp says
# how).

# The places that may sleep, once each, and why.
sleep_places=(
  tests/support/eventually.hpp       # between two questions
  tests/support/let_pass.hpp         # time that is the load
  tests/integration/processes_lib.sh # between two questions
  tests/bench/steps/let_pass.sh      # time that is measured
  tests/bench/peers/bullmq.js        # how long a run is
  tests/bench/drill/pause.js         # how long the outage is, and between two questions
  tests/http/ctl/endless.hpp         # a job's command that has to be ended
)

# list_sleeps ROOT: "file:line:text" of each sleep in the tests, except in tests/house, which speaks of them.
list_sleeps() {
  local cpp script='(^|[^.[:alnum:]_-])sleep +["$0-9.]|\btime\.sleep\b'
  cpp='\bsleep_(for|until)\b|\b(u|nano|clock_nano)sleep\b|(^|[^.>[:alnum:]_])sleep *\('
  cpp+='|\bpoll *\( *(nullptr|NULL|0) *,|\bselect *\( *0 *, *(nullptr|NULL|0) *,'
  (
    cd "$1"
    grep -rnE --include='*.cpp' --include='*.hpp' --include='*.c' --include='*.h' "$cpp|$script" tests
    grep -rnE --include='*.sh' --include='*.cmake' --include='CMakeLists.txt' "$script" tests
    grep -rnE --include='*.py' "\bsleep *\(|import .*\bsleep\b|$script" tests
    grep -rnE --include='*.js' "\bsetTimeout *\(|$script" tests
  ) | grep -v '^tests/house/' || true
}

# check_sleeps ROOT: prints every fault; false when there is one.
check_sleeps() {
  local faults=0 file line text place
  local -A seen=()
  for place in "${sleep_places[@]}"; do seen[$place]=0; done
  while IFS=: read -r file line text; do
    if [[ -n ${seen[$file]-} ]] && ((++seen[$file] == 1)); then continue; fi
    echo "$file:$line: a sleep: wait for what it waits for (tests/support/eventually.hpp says how):$text"
    faults=$((faults + 1))
  done < <(list_sleeps "$1")
  ((faults == 0))
}
