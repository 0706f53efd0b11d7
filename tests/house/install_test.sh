#!/usr/bin/env bash
# `./dev install` builds the product and no test. Usage: install_test.sh ROOT
# A copy of ./dev runs beside a cmake and packages that only say what they were asked for.
set -euo pipefail

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp "$1/dev" "$tree/dev"
mkdir "$tree/bin"
cat >"$tree/bin/cmake" <<EOF
#!/bin/sh
echo "\$*" >>"$tree/asked"
EOF
printf '#!/bin/sh\nprintf installed\n' >"$tree/bin/dpkg-query"
chmod +x "$tree/bin/cmake" "$tree/bin/dpkg-query"

PATH=$tree/bin:$PATH "$tree/dev" install "$tree/prefix" 2>"$tree/said" || {
  cat "$tree/said"
  exit 1
}
built=$(grep -- '--build' "$tree/asked")
[[ $built == *" --target breakerd breakerctl" ]] || {
  echo "./dev install builds more than the two programs: cmake $built"
  exit 1
}
grep -qx -- "--install build/release --prefix $tree/prefix" "$tree/asked" || {
  echo "./dev install does not install under its prefix:"
  cat "$tree/asked"
  exit 1
}
