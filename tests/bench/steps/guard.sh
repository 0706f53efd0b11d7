# The guard: instructions per hot operation, counted by callgrind over guard_bench, beside the committed ledger.
# Not a timed test: the counts repeat on a busy machine. Sourced by run.sh; needs valgrind.

ledger=$here/guard.tsv
guard_operations=2048
# An operation that has this many percent more instructions than the ledger says is a fault; with as many percent less
# the ledger is stale. Runs of one build differ by 0.1 percent.
tolerance_percent=20

# guard_versions: what else than our code moves the counts: compiler, libraries, valgrind, what the processor offers.
guard_versions() {
  local library
  "$guard" --versions | tr '\n' ','
  for library in caf_core rocksdb crypto stdc++; do
    library=$(ldd "$guard" | awk -v name="lib$library.so" 'index($1, name) == 1 {print $3}')
    printf ' %s,' "$(basename "$(readlink -f "$library")")"
  done
  printf ' %s, %s' "$(valgrind --version)" "$(uname -m)"
  ! grep -qw avx2 /proc/cpuinfo || printf ' with avx2'
  echo
}

# guard_count OPERATION CONNECTIONS: prints a line of the ledger.
guard_count() {
  local profile=$out/$1-$2.callgrind data total
  data=$(mktemp -d "$out/data.XXXXXX")
  # Only turns are counted, and only on their thread: preparation, clients and background threads are not.
  if ! valgrind --tool=callgrind --toggle-collect=breakerd_guard_turn --callgrind-out-file="$profile" \
    "$guard" "$1" "$2" "$guard_operations" "$data" >"$profile.log" 2>&1; then
    cat "$profile.log" >&2
    die "cannot count $1 at $2 connections"
  fi
  rm -rf "$data"
  total=$(awk '$1 == "totals:" {print $2}' "$profile")
  [ "${total:-0}" -gt 0 ] || die "nothing was counted for $1 at $2 connections: see $profile"
  printf '%s\t%s\t%s\n' "$1" "$2" $((total / guard_operations))
}

guard_counts() {
  local operation connections
  echo "# Instructions per operation. Written by ./dev bench --guard --update; operation, connections, instructions."
  echo "# with: $(guard_versions)"
  for operation in enqueue lease complete allow; do
    for connections in 1 16; do
      echo "  $operation x$connections" >&2
      guard_count "$operation" "$connections"
    done
  done
}

guard_note_versions() {
  local then now
  then=$(sed -n 's/^# with: //p' "$ledger")
  now=$(sed -n 's/^# with: //p' "$out/guard.tsv")
  [ "$then" != "$now" ] || return 0
  printf '\n**Not what the ledger was taken with: a difference may come from there, and not from the code.**\n'
  printf -- '- ledger: %s\n- now: %s\n' "$then" "$now"
}

# run_guard: 0; 1 when an operation is longer by the tolerance. With `guard_update`, writes the ledger instead.
run_guard() {
  command -v valgrind >/dev/null || die "valgrind is needed (apt-get install valgrind)"
  guard=$(find_program guard_bench)
  [ -n "$guard" ] || die "no guard_bench in $BUILD_DIR"
  [ -n "$guard_update" ] || [ -f "$ledger" ] || die "no ledger at $ledger: take one with --guard --update"
  out=$root/build/bench/guard
  rm -rf "$out"
  mkdir -p "$out"
  guard_counts >"$out/guard.tsv"
  if [ -n "$guard_update" ]; then
    cp "$out/guard.tsv" "$ledger"
    cat "$ledger"
    return 0
  fi
  {
    jq -rn -L "$here/steps" --argjson tolerance "$tolerance_percent" --rawfile ledger "$ledger" \
      --rawfile now "$out/guard.tsv" -f "$here/steps/guard.jq" || die "cannot read the ledger at $ledger"
    guard_note_versions
  } >"$out/results.md"
  cat "$out/results.md"
  ! grep -q '| LONGER' "$out/results.md" || {
    echo "Where they go: callgrind_annotate --inclusive=yes ${out#"$root"/}/OPERATION-CONNECTIONS.callgrind" >&2
    return 1
  }
}
