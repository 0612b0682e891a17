# missing.cmake - where a package is missing, configuring names it and the command that brings it; where a library that is
# opened by name has none, that is said. A folder of made-up .pc files stands for the system; one of them is taken away at a
# time.
#   cmake -DSOURCE= -DSCRATCH= -P missing.cmake
cmake_policy(VERSION 3.25)
set(modules libproc2 libcjson check)
set(packages libproc2-dev libcjson-dev check)
set(optional_modules libpcre2-8 libutf8proc)
set(optional_packages libpcre2-dev libutf8proc-dev)

# configure_with(<module>...): what it says on a system that has these, in failed, said and words.
macro(configure_with)
  file(REMOVE_RECURSE ${SCRATCH})
  foreach(present ${ARGN})
    file(WRITE ${SCRATCH}/pc/${present}.pc "Name: ${present}\nDescription: made up\nVersion: 9\n")
  endforeach()
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=PKG_CONFIG_PATH PKG_CONFIG_LIBDIR=${SCRATCH}/pc
      ${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/build -G Ninja
    RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE words)
endmacro()

foreach(module package IN ZIP_LISTS modules packages)
  set(others ${modules})
  list(REMOVE_ITEM others ${module})
  configure_with(${others})
  string(FIND "${words}" "${module} is missing" named)
  string(FIND "${words}" "apt-get install ${package}" command)
  if(NOT failed OR named EQUAL -1 OR command EQUAL -1)
    message(SEND_ERROR "without ${module}, configuring ended with ${failed} and said:\n${words}")
  endif()
  if(module STREQUAL "check") # the last one: by then the optional packages were looked for, and there are none
    foreach(optional package IN ZIP_LISTS optional_modules optional_packages)
      if(NOT said MATCHES "-- ${optional} is missing: [^\n]*apt-get install ${package}\\)")
        message(SEND_ERROR "without ${optional}, configuring said:\n${said}")
      endif()
    endforeach()
  endif()
endforeach()
configure_with(${modules})
if(NOT failed OR NOT words MATCHES "libproc2: the name that programs open it by cannot be read")
  message(SEND_ERROR "with a library that has no name, configuring ended with ${failed} and said:\n${words}")
endif()
file(REMOVE_RECURSE ${SCRATCH})
