#!/usr/bin/env bash
# seeds_test.sh ROOT: what a test draws by chance can be drawn again. So chance comes from tests/support/seed.hpp, which
# prints the seed and takes it from BREAKERD_TEST_SEED, or from a seed that is written down; never from elsewhere.
set -euo pipefail

# unseeded ROOT: the lines of the tests that draw by a chance of their own.
unseeded() {
  local cpp='\brandom_device\b|\b(std::)?s?rand *\(|\bdefault_random_engine\b'
  (
    cd "$1"
    grep -rnE --include='*.cpp' --include='*.hpp' "$cpp" tests | grep -v '^tests/support/seed.hpp:'
    grep -rnE --include='*.cpp' '\bmt19937(_64)? +[a-z]+;' tests # a member, x_, gets its seed from a constructor
    grep -rnE --include='*.sh' '\$\{?S?RANDOM\b|\(\(.*\bS?RANDOM\b|\bshuf\b' tests
    grep -rnE --include='*.py' '\brandom\.(random|randint|choice|shuffle|sample|Random\(\))|\bos\.urandom\b|\bsecrets\.' tests
  ) | grep -v '^tests/house/' || true
}

# The rule finds what it is for, and only that.
sample=$(mktemp -d)
trap 'rm -r "$sample"' EXIT
mkdir -p "$sample/tests/support" "$sample/tests/http"
echo 'const auto chosen = std::random_device{}();' >"$sample/tests/support/seed.hpp"
printf '%s\n' 'std::mt19937 random{test_seed()};' 'std::mt19937 random_;' 'std::mt19937 random{7};' \
  'class Operand (x);' >"$sample/tests/http/good.cpp"
[[ -z $(unseeded "$sample") ]] || { echo "the rule is wrong about:"; unseeded "$sample"; exit 1; }
bad=('std::random_device device;' 'std::mt19937 random{std::random_device{}()};' 'int x = std::rand() % 2;'
  'srand(1);' 'std::mt19937 random;' 'std::default_random_engine random{1};')
printf '%s\n' "${bad[@]}" >"$sample/tests/http/bad.cpp"
# shellcheck disable=SC2016 # these are texts
printf '%s\n' 'x=$RANDOM' 'x=$((1 + RANDOM % 2))' 'seq 9 | shuf' >"$sample/tests/http/bad.sh"
printf '%s\n' 'x = random.randint(1, 2)' 'x = os.urandom(4)' >"$sample/tests/http/bad.py"
found=$(unseeded "$sample" | wc -l)
((found == ${#bad[@]} + 5)) || { echo "the rule finds $found of $((${#bad[@]} + 5)):"; unseeded "$sample"; exit 1; }

found=$(unseeded "$1")
[[ -z $found ]] || { printf 'chance that cannot be repeated (tests/support/seed.hpp gives seeds):\n%s\n' "$found"; exit 1; }
