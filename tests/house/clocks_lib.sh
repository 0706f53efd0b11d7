# Clock and chance are handed in: rules for clocks_test.sh. Sourced.
#
# Whoever reads the machine's clock or draws from its randomness by himself cannot be simulated: the run does not repeat
# itself. So the time comes from a Clock (events/model/clock.hpp) and chance from a Randomness (events/model/randomness.hpp), which
# somebody hands in. The machine's own are what options have when nobody says otherwise, or what a main takes.

clock_places=(events/model/clock.cpp events/model/randomness.cpp) # the machine's own

# list_clocks ROOT: "file:line:text" of each place of the sources that has the time or chance from elsewhere.
list_clocks() {
  local time chance own
  time='::now\b|\bhigh_resolution_clock\b|\bstd::(time|clock) *\(|(^|[^.>:_[:alnum:]])(::)?time *\( *(nullptr|NULL|0|&)'
  time+='|\b(clock_gettime|clock_gettime_nsec_np|gettimeofday|timespec_get|ftime)\b'
  chance='\bRAND_(priv_)?(pseudo_)?bytes\b|\brandom_device\b|\b(std::)?s?rand *\(|\b[delmnj]rand48\b|\bs?random *\('
  chance+='|\b(getrandom|getentropy|arc4random\w*|uuid_generate\w*)\b|/dev/u?random|\brandom_generator\b'
  chance+='|# *include +<random>|\b(mt19937|minstd_rand|ranlux|knuth_b|default_random_engine|\w+_engine<)'
  own='\bmachine_(clock|randomness)\(\)'
  (
    cd "$1"
    grep -rnE --include='*.cpp' --include='*.hpp' "$time|$chance" actors events storage http
    grep -rnE --include='*.cpp' --exclude='*_main.cpp' "$own" actors events storage http
    grep -rnE --include='*.hpp' "$own" actors events storage http | grep -vE "[={(] *&?$own *[,;)}]|& $own;"
  ) | sort -u || true
}

# check_clocks ROOT: prints every fault; false when there is one.
check_clocks() {
  local faults=0 file line text place
  while IFS=: read -r file line text; do
    for place in "${clock_places[@]}"; do [[ $file != "$place" ]] || continue 2; done
    echo "$file:$line: has time or chance from elsewhere than a Clock or Randomness that was handed in:$text"
    faults=$((faults + 1))
  done < <(list_clocks "$1")
  ((faults == 0))
}
