# Builds for a Linux host other than this one, or as this one but with other code of others: LINUX_HOST is one of those
# that scripts/build-deps knows, which builds what the host has no packages of, and says what each is. Programs for
# musl and AArch64 are static; AArch64's are run by qemu-user, and those for i386 where this kernel executes none.
set(LINUX_HOST i386-linux-gnu CACHE STRING "A host of scripts/build-deps")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LINUX_HOST)
set(linux_dependencies ${CMAKE_CURRENT_LIST_DIR}/../build/deps/${LINUX_HOST})

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
if(LINUX_HOST STREQUAL "i386-linux-gnu")
  set(CMAKE_SYSTEM_PROCESSOR i686)
  set(CMAKE_C_COMPILER gcc)
  set(CMAKE_CXX_COMPILER g++)
  set(CMAKE_C_FLAGS_INIT -m32)
  set(CMAKE_CXX_FLAGS_INIT -m32)
  execute_process(COMMAND /lib/ld-linux.so.2 --version RESULT_VARIABLE no_32_bit OUTPUT_QUIET ERROR_QUIET)
  if(no_32_bit)
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-i386-static)
  endif()
elseif(LINUX_HOST STREQUAL "x86_64-linux-musl")
  set(CMAKE_C_COMPILER musl-gcc)
  set(CMAKE_C_FLAGS_INIT "-isystem ${linux_dependencies}/kernel")
  set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
elseif(LINUX_HOST STREQUAL "aarch64-linux-gnu")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(CMAKE_C_COMPILER clang)
  set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld -static")
  set(CMAKE_SHARED_LINKER_FLAGS_INIT -fuse-ld=lld)
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
else() # msan: this machine
  set(CMAKE_C_COMPILER clang)
  execute_process(COMMAND uname -m OUTPUT_VARIABLE CMAKE_SYSTEM_PROCESSOR OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

# Not this machine's own libraries.
set(ENV{PKG_CONFIG_LIBDIR} ${linux_dependencies}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
set(PKG_CONFIG_ARGN --static)
