# The packages this project stands on. A missing one is named together with the command that brings it.
find_package(PkgConfig REQUIRED)
if(NOT WIN32) # there, threads are the system's own
  set(THREADS_PREFER_PTHREAD_FLAG ON)
endif()
find_package(Threads REQUIRED)

# memscan_require(<target> <pkg-config module> <what for> <Debian package>)
function(memscan_require target module purpose package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${target}_FOUND)
    if(MINGW_TRIPLET)
      message(FATAL_ERROR "${module} is missing for ${MINGW_TRIPLET} (${purpose}).\n"
        "  scripts/build-deps --host ${MINGW_TRIPLET}   builds it from the distribution's source package")
    endif()
    message(FATAL_ERROR "${module} is missing (${purpose}).\n"
      "  On Debian and Ubuntu:  apt-get install ${package}   (or ./scripts/setup, which installs all that is missing)")
  endif()
endfunction()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  memscan_require(LIBPROC2 libproc2 "processes and threads" libproc2-dev)
endif()
memscan_require(LIBCJSON libcjson "patch files, journals and JSON output" libcjson-dev)
set(memscan_libraries PkgConfig::LIBCJSON) # what the library itself stands on
if(TARGET PkgConfig::LIBPROC2)
  list(APPEND memscan_libraries PkgConfig::LIBPROC2)
endif()
if(MEMSCAN_BUILD_CLI AND NOT WIN32 AND NOT MEMSCAN_PORTABLE) # whose programs are static
  option(MEMSCAN_LIBEDIT "Edit, remember and complete the shell's lines with libedit" ON)
  if(MEMSCAN_LIBEDIT)
    pkg_check_modules(LIBEDIT QUIET IMPORTED_TARGET GLOBAL libedit)
    if(NOT LIBEDIT_FOUND)
      message(STATUS "libedit is missing: the shell reads plain lines (on Debian and Ubuntu: apt-get install libedit-dev)")
    endif()
  endif()
endif()
if(MEMSCAN_BUILD_TESTS)
  memscan_require(CHECK check "unit tests; or -DMEMSCAN_BUILD_TESTS=OFF" check)
endif()
