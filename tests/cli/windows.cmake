# The same cases on Windows, run from here under Wine: those that say nothing of Linux. Each program is called through a
# small script, so that the cases need not know what runs it.
function(memscan_wine_wrapper target)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/wine/${target}
    CONTENT "#!/bin/sh\nexec '${PROJECT_SOURCE_DIR}/scripts/wine-run' '$<TARGET_FILE:${target}>' \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()
foreach(target memscan memscan_game json_check truth)
  memscan_wine_wrapper(${target})
endforeach()
set(wine ${CMAKE_CURRENT_BINARY_DIR}/wine)

# Left out: cases that use targets or means of Linux's alone (these are seen in their text), and those that name what is
# otherwise here: what its heap and its libraries hold, states of threads, programs, signals, bits of a file's mode,
# the length of a command line.
set(of_linux "\\$(LARGE|MAPPINGS|HOSTILE|TOLD|{LARGE|{HOSTILE)|/proc/|as_nobody|ulimit")
set(otherwise demo.alloc find.name find.several_fit hold.trainer modules.lists patch.wrong ps.lists ps.verbose regions.drawn regions.marked
  regions.summary run.status run.transparent scan.gold scan.wrong sessions.lists shell.target threads.lists
  usage.closed_streams usage.secrets watch.changes where.many)

file(GLOB cases RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS */*.cmd)
foreach(case ${cases})
  string(REGEX REPLACE "/(.*)\\.cmd$" ".\\1" name ${case})
  file(READ ${case} text)
  if(name MATCHES "^alloc\\." OR name IN_LIST otherwise OR text MATCHES "${of_linux}")
    continue()
  endif()
  add_test(NAME cli.${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/run.sh ${wine}/memscan
    ${CMAKE_CURRENT_SOURCE_DIR}/${case})
  set_tests_properties(cli.${name} PROPERTIES LABELS "cli" TIMEOUT 60 ENVIRONMENT
    "MEMSCAN_GAME=${wine}/memscan_game;JSON_CHECK=${wine}/json_check;TRUTH=${wine}/truth;WINE=${PROJECT_SOURCE_DIR}/scripts/wine-run;SOURCE=${PROJECT_SOURCE_DIR};MEMSCAN_VARIANT=windows")
endforeach()
