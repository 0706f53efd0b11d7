# What breakerd stands on. All of it comes from distribution packages; CONTRIBUTING.md names them.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(CAF 0.17.6 MODULE REQUIRED)
find_package(RocksDB 7.8 MODULE REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus 3 REQUIRED)
find_library(BREAKERD_JEMALLOC jemalloc REQUIRED)
