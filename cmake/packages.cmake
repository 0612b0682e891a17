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
    if(MINGW_TRIPLET OR LINUX_HOST)
      message(FATAL_ERROR "${module} is missing for ${MINGW_TRIPLET}${LINUX_HOST} (${purpose}).\n"
        "  scripts/build-deps --host ${MINGW_TRIPLET}${LINUX_HOST}   builds it from the distribution's source package")
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
# memscan_find_archive(<target> <module> <header>): PkgConfig::<target> as a static library, if there is one.
function(memscan_find_archive target module header)
  find_library(${target}_ARCHIVE NAMES ${module}.a)
  find_path(${target}_HEADERS NAMES ${header})
  if(${target}_ARCHIVE AND ${target}_HEADERS)
    add_library(PkgConfig::${target} STATIC IMPORTED GLOBAL)
    set_target_properties(PkgConfig::${target} PROPERTIES IMPORTED_LOCATION ${${target}_ARCHIVE}
      INTERFACE_INCLUDE_DIRECTORIES ${${target}_HEADERS})
  endif()
endfunction()
# memscan_prefer(<target> <option> <pkg-config module> <header> <what it is for> <what is without it> <Debian package>): optional.
function(memscan_prefer target option module header purpose without package)
  option(${option} "${purpose}" ON)
  if(NOT ${option})
    return()
  endif()
  pkg_check_modules(${target} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(MEMSCAN_PORTABLE AND NOT ${target}_FOUND) # the system's own archive will do
    memscan_find_archive(${target} ${module} ${header})
  endif()
  if(TARGET PkgConfig::${target})
    set(memscan_libraries ${memscan_libraries} PkgConfig::${target} PARENT_SCOPE)
    string(REPLACE "MEMSCAN_" "MEMSCAN_WITH_" definition ${option})
    add_compile_definitions(${definition}) # functions share their caller's folder
  elseif(MINGW_TRIPLET OR MEMSCAN_PORTABLE)
    message(STATUS "${module} is missing for this target: ${without}")
  else()
    message(STATUS "${module} is missing: ${without} (on Debian and Ubuntu: apt-get install ${package})")
  endif()
endfunction()
memscan_prefer(LIBPCRE2-8 MEMSCAN_PCRE2 libpcre2-8 pcre2.h "Search by regular expression, with PCRE2"
  "no search by regular expression" libpcre2-dev)
memscan_prefer(LIBUTF8PROC MEMSCAN_UTF8PROC libutf8proc utf8proc.h "Ignore the case of all of Unicode's letters, with utf8proc"
  "text/i: ignores the case of ASCII letters only" libutf8proc-dev)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT MEMSCAN_PORTABLE) # a static libdw wants a dozen libraries more
  memscan_prefer(LIBDW MEMSCAN_LIBDW libdw elfutils/libdw.h "Name addresses by the symbols of their modules, with libdw (elfutils)"
    "addresses get no symbols" libdw-dev)
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
