# One program that needs no libraries of the machine it runs on: for systems where nothing can be installed. What Debian
# has no static archives of comes from scripts/build-deps --host TRIPLET. Only the programs are built so, not the shared
# library. A static program must not load the C library's modules (see cli/portable_linux.c).
execute_process(COMMAND cc -dumpmachine OUTPUT_VARIABLE PORTABLE_TRIPLET OUTPUT_STRIP_TRAILING_WHITESPACE)
set(portable_dependencies ${CMAKE_CURRENT_LIST_DIR}/../build/deps/${PORTABLE_TRIPLET})
set(ENV{PKG_CONFIG_LIBDIR} ${portable_dependencies}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
set(PKG_CONFIG_ARGN --static)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static-pie)
