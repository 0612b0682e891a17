# What `cmake --install` puts where: headers, both libraries, and how CMake and pkg-config find them.
include(CMakePackageConfigHelpers)

install(DIRECTORY include/memscan DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/memscan)
foreach(form static shared)
  install(TARGETS memscan_${form} EXPORT memscan-${form}-targets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT memscan-${form}-targets NAMESPACE memscan:: DESTINATION ${config_dir})
endforeach()

# The pkg-config modules that the static library's users must link too.
set(MEMSCAN_STATIC_MODULES libcjson)
foreach(memscan_module libproc2 libdw libpcre2-8 libutf8proc) # where the library was built with them, and links them
  string(TOUPPER ${memscan_module} memscan_target)
  if(TARGET PkgConfig::${memscan_target} AND NOT ${memscan_target}_SONAME)
    list(APPEND MEMSCAN_STATIC_MODULES ${memscan_module})
  endif()
endforeach()
list(JOIN MEMSCAN_STATIC_MODULES ", " MEMSCAN_PC_REQUIRES_PRIVATE)
file(RELATIVE_PATH MEMSCAN_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" MEMSCAN_PC_TO_PREFIX "${MEMSCAN_PC_TO_PREFIX}")
if(WIN32)
  set(MEMSCAN_PC_LIBS_PRIVATE -ladvapi32)
else()
  set(MEMSCAN_PC_LIBS_PRIVATE -pthread)
endif()
if(LIBPROC2_SONAME OR LIBDW_SONAME)
  foreach(memscan_library IN LISTS CMAKE_DL_LIBS)
    string(APPEND MEMSCAN_PC_LIBS_PRIVATE " -l${memscan_library}")
  endforeach()
endif()
configure_file(cmake/memscan.pc.in memscan.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/memscan.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/memscan-config.cmake.in memscan-config.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(memscan-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/memscan-config.cmake ${PROJECT_BINARY_DIR}/memscan-config-version.cmake
  DESTINATION ${config_dir})
