#!/usr/bin/env bash
# No test sleeps. Usage: sleeps_test.sh ROOT
# First the check is checked: sleeps planted in a tree of its own must be found, and only they.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/sleeps_lib.sh"
source "$here/planting_lib.sh"

plant() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}
refuses() {
  plant "$@"
  must_refuse check_sleeps "$*"
}
accepts() {
  plant "$@"
  must_accept check_sleeps "$*"
}

refuses tests/http/a_test.cpp 'std::this_thread::sleep_for(std::chrono::seconds{1});'
refuses tests/http/a_test.cpp 'std::this_thread::sleep_until(deadline);'
refuses tests/integration/support/a.hpp '::usleep(100);'
refuses tests/integration/support/preload/a.cpp 'nanosleep(&time, nullptr);'
refuses tests/storage/a_test.cpp 'sleep(1);'
refuses tests/storage/a_test.cpp '  ::sleep(1);'
refuses tests/storage/a_test.cpp 'poll(nullptr, 0, 100);'
refuses tests/storage/a_test.cpp '::select(0, nullptr, nullptr, nullptr, &time);'
refuses tests/http/ctl/a_test.cpp 'auto child = shell("sleep 300 & wait");'
refuses tests/integration/a.sh '  sleep 0.1'
refuses tests/integration/a.sh 'until ready; do sleep "$pause"; done'
refuses tests/bench/run.sh 'start;sleep $seconds'
refuses tests/mutate/a.py 'time.sleep(1)'
refuses tests/mutate/a.py 'from time import monotonic, sleep'
refuses tests/integration/a.sh "python3 - <<'X'" 'import time' 'time.sleep(0.5)' 'X'
refuses tests/bench/peers/a.js 'await new Promise((done) => setTimeout(done, 100));'
refuses tests/support/let_pass.hpp 'std::this_thread::sleep_for(time);' 'std::this_thread::sleep_for(time);'

accepts tests/support/let_pass.hpp 'std::this_thread::sleep_for(time);'
accepts tests/actors/a_test.cpp 'CHECK(followed.tail.sleep(1));  // one that sleeps'
accepts tests/http/a_test.cpp 'done.wait_for(lock, limit, [&] { return answered; });'
accepts tests/http/a_test.cpp 'poll(&readable, 1, 100);'
accepts tests/integration/a.sh 'wait_for_line "$log" serving  # it sleeps no more'

check_sleeps "$1" || failed=1
exit $failed
