# needed.cmake - neither the program nor the shared library has the loader bring, at every start, what is opened by the call that
# needs it (platform/linux/linux_library.h).
#   cmake -DREADELF= -DFILES=FILE;... -P needed.cmake
cmake_policy(VERSION 3.25)
foreach(file IN LISTS FILES)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${READELF} -d ${file}
    OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*" needed "${dynamic}")
  if(NOT needed MATCHES "\\[libc\\.")
    message(FATAL_ERROR "${file}: its libraries cannot be read from:\n${dynamic}")
  endif()
  if(needed MATCHES "\\[(lib(proc2|dw|elf)\\.[^]]*)")
    message(SEND_ERROR "${file} is linked with ${CMAKE_MATCH_1}")
  endif()
endforeach()
