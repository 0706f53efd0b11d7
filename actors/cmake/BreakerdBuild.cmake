# How breakerd's own targets are compiled: language, warnings, sanitizers, compiler cache, precompiled headers.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# ccache refuses translation units with a precompiled header unless told that macros defined before it, and the times
# of the header's own files, may be trusted. Presets with equal flags share results, whatever their build directory, and
# so do clones, wherever they are.
find_program(BREAKERD_CCACHE ccache)
if(BREAKERD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${BREAKERD_CCACHE})
endif()

# The one include directory. A header of ours has the same name inside and outside: <breakerd/events/model/ids.hpp>.
set(BREAKERD_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${BREAKERD_INCLUDE_DIR}/breakerd)
foreach(folder events storage actors http)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${BREAKERD_INCLUDE_DIR}/breakerd/${folder} SYMBOLIC)
endforeach()
foreach(header client client_actors)  # what a program includes: <breakerd/client.hpp>
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/actors/client/${header}.hpp ${BREAKERD_INCLUDE_DIR}/breakerd/${header}.hpp SYMBOLIC)
endforeach()

add_library(breakerd_options INTERFACE)

target_compile_options(breakerd_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
if(BREAKERD_WERROR)
  target_compile_options(breakerd_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -Wrestrict and -Warray-bounds in GCC 12 see overlaps in plain `"literal" + string` (GCC bug 105651).
  target_compile_options(breakerd_options INTERFACE
    -fpch-preprocess -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()

if(BREAKERD_SANITIZE)
  target_compile_options(breakerd_options INTERFACE
    -fsanitize=${BREAKERD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(breakerd_options INTERFACE -fsanitize=${BREAKERD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The instrumentation's own branches confuse the warnings that follow the flow of values.
    target_compile_options(breakerd_options INTERFACE
      -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-tsan)
  endif()
endif()

# breakerd_library(<folder> SOURCES ... PUBLIC ... PRIVATE ...)
# The one static library of a folder, with the alias breakerd::<folder>. A folder without sources gives an interface
# library of the same names.
function(breakerd_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE;PCH")
  set(target breakerd_${folder})
  set(includes $<BUILD_INTERFACE:${BREAKERD_INCLUDE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_include_directories(${target} PUBLIC ${includes})
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:breakerd_options>)
    breakerd_precompile(${target} ${arg_PCH})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${includes})
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC} ${arg_PRIVATE})
  endif()
  add_library(breakerd::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
endfunction()

# Precompiles the named headers for the target. Only third-party headers: our own change too often.
function(breakerd_precompile target)
  if(BREAKERD_PCH AND ARGN)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()
