# The destinations of `cmake --install`. Components: runtime (the shared library), development (headers, static library, files for
# find_package and pkg-config), program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/keraunos)

install(TARGETS keraunos EXPORT keraunos-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT keraunos-targets NAMESPACE keraunos:: DESTINATION ${PACKAGE_FOLDER} COMPONENT development)
if(TARGET keraunos_static)
  install(TARGETS keraunos_static EXPORT keraunos-static-targets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT keraunos-static-targets NAMESPACE keraunos:: DESTINATION ${PACKAGE_FOLDER} COMPONENT development)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# The files with which a static library must be linked; keraunos-config.cmake reports missing ones.
set(KERAUNOS_STATIC_NEEDS ${KERAUNOS_LIBRARIES} ${KERAUNOS_CUDA_LIBRARIES})
list(FILTER KERAUNOS_STATIC_NEEDS INCLUDE REGEX "^/")
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/keraunos-config.cmake.in
                              ${PROJECT_BINARY_DIR}/package/keraunos-config.cmake INSTALL_DESTINATION ${PACKAGE_FOLDER})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/keraunos-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/keraunos-config.cmake ${PROJECT_BINARY_DIR}/package/keraunos-config-version.cmake
        DESTINATION ${PACKAGE_FOLDER} COMPONENT development)

include(pkg_config)
keraunos_pkg_config(${PROJECT_BINARY_DIR}/package/keraunos.pc ${KERAUNOS_LIBRARIES} pthread ${KERAUNOS_CUDA_LIBRARIES})
install(FILES ${PROJECT_BINARY_DIR}/package/keraunos.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
if(TARGET keraunos_cli)
  install(TARGETS keraunos_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
if(TARGET triton_keraunos)  # below /opt/tritonserver, or any folder that tritonserver's --backend-directory names with "backends" behind it
  install(TARGETS triton_keraunos LIBRARY DESTINATION backends/keraunos COMPONENT triton EXCLUDE_FROM_ALL)
endif()
