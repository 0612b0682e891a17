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

# MEMSCAN_COVERAGE: the library counts which of its lines and branches run (scripts/coverage). It alone: what is only looked at
# from outside would allocate for its counts, and be seen to.
option(MEMSCAN_COVERAGE "Count which lines and branches of the library run (GCC)" OFF)
if(MEMSCAN_COVERAGE)
  add_link_options(--coverage)
endif()

function(memscan_not_sanitized target)
  if(MEMSCAN_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()
