# What `cmake --install` puts where, and the CMake package that find_package(breakerd) reads.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/breakerd)

install(TARGETS breakerd_events breakerd_storage breakerd_actors EXPORT breakerdTargets)
install(EXPORT breakerdTargets NAMESPACE breakerd:: DESTINATION ${package_dir})

# Headers keep their folders. Those of http/ are the daemon's own, and rocks_*.hpp name RocksDB's types: neither is for
# other programs. <breakerd/client.hpp> is what a program includes.
foreach(folder events storage actors)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/breakerd/${folder}
          FILES_MATCHING PATTERN "*.hpp"
          PATTERN "rocks_*.hpp" EXCLUDE
          PATTERN "client.hpp" EXCLUDE
          PATTERN "cmake" EXCLUDE)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/actors/client/client.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/breakerd)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/breakerdConfig.cmake.in
  ${PROJECT_BINARY_DIR}/breakerdConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/breakerdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/breakerdConfig.cmake ${PROJECT_BINARY_DIR}/breakerdConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindCAF.cmake ${CMAKE_CURRENT_LIST_DIR}/FindRocksDB.cmake
        DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

foreach(program breakerd breakerctl)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()
