#!/usr/bin/env bash
# Includes go one way and third parties keep to their rooms. Usage: includes_test.sh ROOT
# First the check is checked: faults planted in a tree of its own must be found, and only they.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/includes_lib.sh"
source "$here/planting_lib.sh"

plant() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/events" "$tree/storage" "$tree/actors" "$tree/http" "$tree/tests/http" "$tree/$(dirname "$1")"
  printf '#pragma once\n%s\n' "$2" >"$tree/$1"
}
refuses() {
  plant "$@"
  must_refuse check_includes "$*"
}
accepts() {
  plant "$@"
  must_accept check_includes "$*"
}

refuses events/a.hpp '#include "storage/b.hpp"'
refuses storage/a.hpp '#include "actors/b.hpp"'
refuses storage/a.cpp '  #  include <http/b.hpp>'
refuses actors/a.cpp '#include "http/b.hpp"'
refuses actors/a.cpp '#include "../http/b.hpp"'
refuses actors/a.cpp '#include "b.hpp"'
refuses events/deep/a.cpp '#include "storage/b.hpp"'
refuses http/a.cpp '#include "tests/support/catch.hpp"'
refuses events/a.hpp '#include <rocksdb/db.h>'
refuses storage/event_log.hpp '#include <rocksdb/db.h>'
refuses actors/a.cpp '#include <rocksdb/db.h>'
refuses storage/a.cpp '#include <caf/all.hpp>'
refuses http/router.cpp '#include <caf/all.hpp>'
refuses actors/a.cpp '#include <boost/asio.hpp>'
refuses storage/a.cpp '#include <boost/beast/http.hpp>'
refuses events/ids.cpp '#include <nlohmann/json.hpp>'
refuses actors/a.cpp '#include <nlohmann/json.hpp>'
refuses http/json/a.cpp '#include <nlohmann/json.hpp>'
refuses storage/a.cpp '#include <openssl/evp.h>'
refuses events/a.cpp '#include <spdlog/spdlog.h>'
refuses tests/http/a.cpp '#include <catch2/catch.hpp>'

accepts events/a.cpp '#include "events/b.hpp"'
accepts http/a.cpp '#include "actors/b.hpp"'
accepts storage/a.cpp '#include <rocksdb/db.h>'
accepts storage/rocks_options.hpp '#include <rocksdb/options.h>'
accepts http/caf_bridge.cpp '#include <caf/all.hpp>'
accepts http/cli/a.cpp '#include <boost/asio.hpp>'
accepts http/cli/a.cpp '#include <nlohmann/json.hpp>'
accepts events/error.hpp '#include <boost/system/result.hpp>'
accepts tests/http/a.cpp '#include "fixture.hpp"'

check_includes "$1" || failed=1
[[ $(list_includes "$1" | wc -l) -gt 0 ]] || { echo "no #include found under $1"; failed=1; }
exit $failed
