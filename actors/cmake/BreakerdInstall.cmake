# What `cmake --install` puts where, and the CMake package that find_package(breakerd) reads.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/breakerd)

install(TARGETS breakerd_events breakerd_storage breakerd_actors EXPORT breakerdTargets)
install(EXPORT breakerdTargets NAMESPACE breakerd:: DESTINATION ${package_dir})

# The headers of a program that has a client, and no others; they keep their folders. tests/consumer/run.sh finds one that
# is missing, or that nobody needs.
set(client_headers
  actors/base/compat.hpp
  actors/base/requests.hpp
  actors/client/subscription.hpp
  events/model/backoff.hpp
  events/model/breaker_events.hpp
  events/model/campaign_events.hpp
  events/model/clock.hpp
  events/model/commands.hpp
  events/model/error.hpp
  events/model/event.hpp
  events/model/event_types.hpp
  events/model/filters.hpp
  events/model/ids.hpp
  events/model/job_commands.hpp
  events/model/job_hold.hpp
  events/model/kept_answer.hpp
  events/model/lease_limit.hpp
  events/model/job_events.hpp
  events/model/job_spec.hpp
  events/model/job_type.hpp
  events/model/payload.hpp
  events/model/queue_events.hpp
  events/model/queue_state.hpp
  events/model/randomness.hpp
  events/model/result.hpp
  events/model/rollout.hpp
  events/model/rows.hpp
  events/model/schedule.hpp
  events/model/schedule_events.hpp
  events/model/status.hpp
  events/model/stream_kind.hpp
  events/model/time.hpp
  events/model/triage.hpp
  events/model/views.hpp
  events/model/why.hpp
  events/model/workers.hpp)
foreach(header IN LISTS client_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/breakerd/${folder})
endforeach()
# <breakerd/client.hpp> is what a program includes; <breakerd/client_actors.hpp>, too, when it has CAF actors of its own.
install(FILES ${PROJECT_SOURCE_DIR}/actors/client/client.hpp ${PROJECT_SOURCE_DIR}/actors/client/client_actors.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/breakerd)

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
