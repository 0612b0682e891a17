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

# What the library itself stands on.
set(memscan_libraries PkgConfig::LIBCJSON)
foreach(target LIBPCRE2-8 LIBUTF8PROC)
  if(TARGET PkgConfig::${target})
    list(APPEND memscan_libraries PkgConfig::${target})
  endif()
endforeach()
# memscan_open(<target> <pkg-config module>): a shared library is not linked, but opened by the first call that needs it
# (platform/linux/linux_library.h): programs start without it and what it brings. <target>_SONAME is its name, read from the
# one that was found. Of an archive there is nothing to open: it is linked, and the name is empty.
function(memscan_open target module)
  unset(${target}_SONAME CACHE)
  if(NOT TARGET PkgConfig::${target})
    return()
  endif()
  get_target_property(files PkgConfig::${target} INTERFACE_LINK_LIBRARIES)
  set(file ${files})
  list(FILTER file INCLUDE REGEX "/${module}\\.[^/]*$")
  list(REMOVE_DUPLICATES file)
  if(MEMSCAN_PORTABLE OR file MATCHES "\\.a$")
    list(APPEND memscan_libraries PkgConfig::${target})
  else()
    execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${CMAKE_READELF} -d ${file}
      OUTPUT_VARIABLE dynamic ERROR_VARIABLE words RESULT_VARIABLE failed)
    if(failed OR NOT dynamic MATCHES "\\(SONAME\\)[^\n]*\\[([^]\n]+)\\]")
      message(FATAL_ERROR "${module}: the name that programs open it by cannot be read from \"${files}\" "
        "(${CMAKE_READELF} -d shows no SONAME).\n${words}")
    endif()
    set(${target}_SONAME ${CMAKE_MATCH_1} CACHE INTERNAL "The library that is opened when it is needed")
    list(APPEND memscan_libraries ${CMAKE_DL_LIBS})
    cmake_path(GET file PARENT_PATH folder)
    if(NOT folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES) # as CMake does where it links one
      set(CMAKE_BUILD_RPATH ${CMAKE_BUILD_RPATH} ${folder} PARENT_SCOPE)
    endif()
  endif()
  set(memscan_libraries ${memscan_libraries} PARENT_SCOPE)
endfunction()
memscan_open(LIBPROC2 libproc2)
memscan_open(LIBDW libdw)
list(REMOVE_DUPLICATES memscan_libraries)
