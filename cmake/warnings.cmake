# The warnings that every target of this project is built with: memscan_warnings, an interface library.
add_library(memscan_warnings INTERFACE)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang" AND NOT MSVC)
  target_compile_options(memscan_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
    -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wconversion -Wno-sign-conversion
    $<$<BOOL:${MINGW}>:-Wno-float-conversion> # its isnan and isinf narrow their argument in a branch not taken
    $<$<BOOL:${MEMSCAN_WERROR}>:-Werror>)
elseif(MSVC)
  target_compile_options(memscan_warnings INTERFACE /W4 /utf-8 $<$<BOOL:${MEMSCAN_WERROR}>:/WX>)
endif()
