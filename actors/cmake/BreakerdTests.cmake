# Catch2 programs and their ctest entries.

find_package(Catch2 REQUIRED)
include(BreakerdBatches)

# main() and, on v3, the library. Both forms answer to the same name.
add_library(breakerd_catch STATIC ${PROJECT_SOURCE_DIR}/tests/support/catch_main.cpp)
target_include_directories(breakerd_catch PUBLIC ${PROJECT_SOURCE_DIR})
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
  target_link_libraries(breakerd_catch PUBLIC Catch2::Catch2WithMain)
  set(catch_run_options --allow-running-no-tests)
else()
  target_link_libraries(breakerd_catch PUBLIC Catch2::Catch2)
  set(catch_run_options)
endif()
# Not breakerd_options: its warnings are for our code, and v2's main is all Catch2's. The sanitizers must agree, though.
target_compile_features(breakerd_catch PUBLIC cxx_std_20)
if(BREAKERD_SANITIZE)
  target_compile_options(breakerd_catch PRIVATE -fsanitize=${BREAKERD_SANITIZE} -fno-omit-frame-pointer)
endif()

# Compiling the tests takes most of the time of a build, so they are optimised less. The libraries that they test are
# compiled as they ship.
add_library(breakerd_test_options INTERFACE)
target_include_directories(breakerd_test_options INTERFACE ${PROJECT_SOURCE_DIR}) # for "tests/support/must.hpp"
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(breakerd_test_options INTERFACE -O1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns at this level of what cannot happen.
    target_compile_options(breakerd_test_options INTERFACE -Wno-stringop-overread -Wno-maybe-uninitialized)
  endif()
endif()

# Whether the file defines tests.
function(breakerd_has_tests source result)
  file(STRINGS ${source} lines REGEX "^ *(TEMPLATE_)?(LIST_)?(PRODUCT_)?(TEST_CASE|SCENARIO|METHOD_AS_TEST_CASE)" LIMIT_COUNT 1)
  if(lines)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# breakerd_unit_tests(<folder> LIBRARIES ... [PCH ...] [SOURCES ...] [ALONE <file name>...])
# One program for tests/<folder>, of all its files or of those named. One ctest entry per file with tests in it, by
# Catch2's [#file] tags. A last entry runs
# what none of those names (tests in a header, or in a file written since CMake last looked), so that nothing is lost.
# ALONE: files that are never compiled together with others (BreakerdBatches.cmake).
function(breakerd_unit_tests folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES;PCH;SOURCES;ALONE")
  set(sources ${arg_SOURCES})
  if(NOT sources)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cpp)
  endif()
  if(NOT sources)
    return()
  endif()
  set(program test_${folder})
  list(TRANSFORM arg_ALONE PREPEND ${PROJECT_SOURCE_DIR}/tests/${folder}/)
  set(together ${sources})
  if(arg_ALONE)
    list(REMOVE_ITEM together ${arg_ALONE})
  endif()
  breakerd_batches(compiled ${CMAKE_CURRENT_BINARY_DIR}/${folder} ${together})
  add_executable(${program} ${compiled} ${arg_ALONE})
  target_link_libraries(${program} PRIVATE breakerd_options breakerd_test_options breakerd_catch ${arg_LIBRARIES}
                                           fmt::fmt nlohmann_json::nlohmann_json)
  target_compile_definitions(${program} PRIVATE BREAKERD_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
  breakerd_precompile(${program} <tests/support/catch.hpp> ${arg_PCH})
  add_dependencies(unit_tests ${program})

  set(rest "")
  foreach(source IN LISTS sources)
    breakerd_has_tests(${source} has_tests)
    get_filename_component(name ${source} NAME_WE)
    if(has_tests)
      string(APPEND rest "~[#${name}]")
      breakerd_unit_test(${folder}.${name} ${program} "[#${name}]")
    endif()
  endforeach()
  breakerd_unit_test(${folder}.rest ${program} "${rest}" ${catch_run_options})
endfunction()

function(breakerd_unit_test name program)
  add_test(NAME ${name} COMMAND ${program} --filenames-as-tags ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "${breakerd_sanitizer_environment}")
endfunction()

set(breakerd_sanitizer_environment
  "ASAN_OPTIONS=detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:second_deadlock_stack=1:history_size=4")
