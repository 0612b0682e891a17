# MEMSCAN_SANITIZE=address,undefined (or thread): applied to everything that is built.
# Programs that are only looked at from outside, as targets, are built plain (memscan_not_sanitized).
if(MEMSCAN_SANITIZE)
  add_compile_options(-fsanitize=${MEMSCAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MEMSCAN_SANITIZE})
endif()

# MEMSCAN_FUZZ: what is built tells libFuzzer which ways it took. The programs are in tests/fuzz.
option(MEMSCAN_FUZZ "Build the fuzz targets for libFuzzer (Clang)" OFF)
if(MEMSCAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# MEMSCAN_COVERAGE: what is built counts the lines and branches that run (scripts/coverage). Unoptimised, so that they are
# those of the source, and atomically, since workers count too.
option(MEMSCAN_COVERAGE "Count which lines and branches run (GCC)" OFF)
if(MEMSCAN_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

function(memscan_not_sanitized target)
  if(MEMSCAN_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()
