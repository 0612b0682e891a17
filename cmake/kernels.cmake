# The kernels that a build holds: every instruction set of the architecture, each file with its own flags, chosen at
# run time (*_choose.c in libmemscan/kernel). Nothing else in the project is built with such
# flags. Included by libmemscan/CMakeLists.txt.
option(MEMSCAN_CPU_MASK "Test builds: MEMSCAN_CPU=-avx512,-avx2 in the environment takes instruction sets away" OFF)

set(memscan_kernel_sources kernel/cpu.c kernel/kernel_choose.c kernel/kernel_scalar.c
  kernel/needle_choose.c kernel/needle_scalar.c kernel/pack_choose.c kernel/pack_scalar.c)
set(memscan_kernel_definitions $<$<BOOL:${MEMSCAN_CPU_MASK}>:MEMSCAN_CPU_MASK>)

# memscan_kernel(<file in kernel/, without .c> <flags> <flags of MSVC>)
function(memscan_kernel name gnu_flags msvc_flags)
  list(APPEND memscan_kernel_sources kernel/${name}.c)
  set(memscan_kernel_sources ${memscan_kernel_sources} PARENT_SCOPE)
  if(MSVC)
    set(flags ${msvc_flags})
  else()
    set(flags ${gnu_flags})
    if(MINGW AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
      # GCC aligns no wide vector on a Windows stack (GCC bug 54412), yet moves it as if it had.
      list(APPEND flags -Wa,-muse-unaligned-vector-move)
    endif()
  endif()
  set_source_files_properties(kernel/${name}.c PROPERTIES COMPILE_OPTIONS "${flags}")
endfunction()

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" memscan_processor)
if(memscan_processor MATCHES "^(x86_64|amd64|i[3-6]86|x86)$")
  list(APPEND memscan_kernel_definitions MS_KERNELS_X86)
  memscan_kernel(kernel_sse2 "-msse2" "")
  memscan_kernel(needle_sse2 "-msse2" "")
  memscan_kernel(kernel_avx2 "-mavx2" "/arch:AVX2")
  memscan_kernel(needle_avx2 "-mavx2" "/arch:AVX2")
  memscan_kernel(pack_avx2 "-mavx2;-mpopcnt" "/arch:AVX2")
  memscan_kernel(kernel_avx512 "-mavx512f;-mavx512bw" "/arch:AVX512")
  memscan_kernel(pack_avx512 "-mavx512f;-mavx512bw;-mavx512vbmi2;-mpopcnt" "/arch:AVX512")
elseif(memscan_processor MATCHES "^(aarch64|arm64)$")
  list(APPEND memscan_kernel_definitions MS_KERNELS_NEON)
  memscan_kernel(kernel_neon "" "")
  memscan_kernel(needle_neon "" "")
endif()
