# Sourced by tests of the house that check their check first: a tree of one's own, where faults are planted.

tree=$(mktemp -d)
# The path as it is now: the trap may run within a function that has a `tree` of its own, the sources for instance.
# shellcheck disable=SC2064
trap "rm -rf '$tree'" EXIT
failed=0

# must_refuse CHECK WHAT: the check has to find the fault that is in the tree.
must_refuse() {
  if "$1" "$tree" >/dev/null; then
    echo "the check missed: $2"
    failed=1
  fi
}

# must_accept CHECK WHAT: the check has to find nothing.
must_accept() {
  if ! "$1" "$tree"; then
    echo "the check is wrong about: $2"
    failed=1
  fi
}
