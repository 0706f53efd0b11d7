# Finds RocksDB. Gives RocksDB::rocksdb and RocksDB_VERSION. Installed with breakerd, whose package needs it too.
#
# RocksDB has a CMake package of its own, but Debian's names the static library and then needs the development files of
# gflags and five compressors; the shared library brings what it needs by itself.

find_path(RocksDB_INCLUDE_DIR rocksdb/version.h)
find_library(RocksDB_LIBRARY rocksdb)
mark_as_advanced(RocksDB_INCLUDE_DIR RocksDB_LIBRARY)

if(RocksDB_INCLUDE_DIR)
  foreach(_part MAJOR MINOR PATCH)
    file(STRINGS ${RocksDB_INCLUDE_DIR}/rocksdb/version.h _line REGEX "^#define ROCKSDB_${_part} [0-9]+")
    string(REGEX MATCH "[0-9]+$" _rocksdb_${_part} "${_line}")
  endforeach()
  set(RocksDB_VERSION ${_rocksdb_MAJOR}.${_rocksdb_MINOR}.${_rocksdb_PATCH})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RocksDB
  REQUIRED_VARS RocksDB_LIBRARY RocksDB_INCLUDE_DIR
  VERSION_VAR RocksDB_VERSION
  REASON_FAILURE_MESSAGE "Debian and Ubuntu: apt-get install librocksdb-dev")

if(RocksDB_FOUND AND NOT TARGET RocksDB::rocksdb)
  add_library(RocksDB::rocksdb UNKNOWN IMPORTED)
  set_target_properties(RocksDB::rocksdb PROPERTIES
    IMPORTED_LOCATION ${RocksDB_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${RocksDB_INCLUDE_DIR})
endif()
