#!/usr/bin/env bash
# Includes go one way and third parties keep to their rooms. Usage: includes_test.sh ROOT
# First the check is checked: faults planted in a tree of its own must be found, and only they.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/includes_lib.sh"
source "$here/planting_lib.sh"

plant() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{events,storage,actors,http,tests/http} "$tree/$(dirname "$1")"
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

refuses events/model/a.hpp '#include <breakerd/events/rules/b.hpp>'
refuses events/rules/a.cpp '#include <breakerd/storage/log/b.hpp>'
refuses storage/log/a.hpp '#include <breakerd/actors/base/b.hpp>'
refuses storage/views/a.cpp '  #  include <breakerd/storage/rocks/b.hpp>'
refuses actors/queue/a.cpp '#include <breakerd/actors/breaker/b.hpp>'
refuses actors/core/a.cpp '#include <breakerd/http/api/b.hpp>'
refuses actors/core/a.cpp '#include "../base/b.hpp"'
refuses actors/core/a.cpp '#include "b.hpp"'
refuses actors/core/a.cpp '#include "actors/core/b.hpp"'
refuses actors/core/a.cpp '#include <actors/core/b.hpp>'
refuses events/deep/a.cpp '#include <breakerd/events/deep/b.hpp>'
refuses events/a.cpp '#include <string>'
refuses http/api/a.cpp '#include "tests/support/catch.hpp"'
refuses http/api/a.cpp '#include <tests/support/catch.hpp>'
refuses tests/http/a.cpp '#include "events/model/ids.hpp"'
refuses events/model/a.hpp '#include <rocksdb/db.h>'
refuses storage/log/event_log.hpp '#include <rocksdb/db.h>'
refuses storage/log/a.cpp '#include <rocksdb/db.h>'
refuses actors/log/a.cpp '#include <rocksdb/db.h>'
refuses storage/rocks/a.cpp '#include <caf/all.hpp>'
refuses http/api/router.cpp '#include <caf/all.hpp>'
refuses actors/core/a.cpp '#include <boost/asio.hpp>'
refuses storage/log/a.cpp '#include <boost/beast/http.hpp>'
refuses events/model/ids.cpp '#include <nlohmann/json.hpp>'
refuses actors/base/a.cpp '#include <nlohmann/json.hpp>'
refuses http/json/a.cpp '#include <nlohmann/json.hpp>'
refuses storage/log/a.cpp '#include <openssl/evp.h>'
refuses events/rules/a.cpp '#include <spdlog/spdlog.h>'
refuses tests/http/a.cpp '#include <catch2/catch.hpp>'

accepts events/model/a.cpp '#include <breakerd/events/model/b.hpp>'
accepts events/model/a.cpp '#include <string>'
accepts http/bridge/a.cpp '#include <breakerd/actors/core/b.hpp>'
accepts storage/rocks/a.cpp '#include <rocksdb/db.h>'
accepts storage/rocks/rocks_options.hpp '#include <rocksdb/options.h>'
accepts http/bridge/caf_bridge.cpp '#include <caf/all.hpp>'
accepts http/ctl/work/a.cpp '#include <boost/asio.hpp>'
accepts http/ctl/text/a.cpp '#include <nlohmann/json.hpp>'
accepts events/model/error.hpp '#include <boost/system/result.hpp>'
accepts tests/http/a.cpp '#include "fixture.hpp"'
accepts tests/http/a.cpp '#include <breakerd/http/ctl/text/b.hpp>'

# The lines themselves: a circle is found.
kept=("${may_include[@]}")
may_include=('events/model | events/rules' 'events/rules | events/model')
plant events/model/a.cpp '#include <string>'
must_refuse check_includes "two folders that include each other"
may_include=("${kept[@]}")

check_includes "$1" || failed=1
[[ $(list_includes "$1" | wc -l) -gt 0 ]] || { echo "no #include found under $1"; failed=1; }
exit $failed
