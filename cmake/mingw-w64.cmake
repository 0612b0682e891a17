# Builds for Windows with mingw-w64. MINGW_TRIPLET: x86_64-w64-mingw32 (the default) or i686-w64-mingw32.
# What Debian has no Windows packages for comes from scripts/build-deps --host TRIPLET. Programs are linked
# statically: one .exe that needs nothing but Windows. Where wine is installed, ctest runs them through it.
set(MINGW_TRIPLET x86_64-w64-mingw32 CACHE STRING "The mingw-w64 compiler's prefix")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MINGW_TRIPLET)

set(CMAKE_SYSTEM_NAME Windows)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${MINGW_TRIPLET})
set(CMAKE_C_COMPILER ${MINGW_TRIPLET}-gcc)
set(CMAKE_RC_COMPILER ${MINGW_TRIPLET}-windres)

set(mingw_dependencies ${CMAKE_CURRENT_LIST_DIR}/../build/deps/${MINGW_TRIPLET})
set(CMAKE_FIND_ROOT_PATH /usr/${MINGW_TRIPLET} ${mingw_dependencies})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config sees the foreign host's packages only, and names what static libraries need in turn.
set(ENV{PKG_CONFIG_LIBDIR} ${mingw_dependencies}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
set(PKG_CONFIG_ARGN --static)

# C99's printf formats instead of msvcrt's own.
set(CMAKE_C_FLAGS_INIT -D__USE_MINGW_ANSI_STDIO=1)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)

set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../scripts/wine-run)
