# Debian packages by cpack, for the processor that it runs on; scripts/packages_deb.sh builds them.
#   libkeraunos0.1   the shared library, named after its soname (Debian Policy 8.1), libkeraunos.so.0.1 (docs/versioning.md):
#                    programs of an earlier soname keep their library when a later one is installed. A library whose soname is
#                    libkeraunos.so.1 would be in libkeraunos1.
#   libkeraunos-dev  headers, libkeraunos.so, libkeraunos.a, files for CMake and pkg-config. Only libkeraunos.a needs other -dev
#                    packages (Suggests).
#   keraunos         the program; it contains the engine and does not use the shared library.
if(NOT BUILD_SHARED_LIBS OR NOT KERAUNOS_STATIC_TOO OR NOT KERAUNOS_CLI OR KERAUNOS_CUDA
   OR NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  message(FATAL_ERROR "KERAUNOS_PACKAGES=ON needs BUILD_SHARED_LIBS=ON, KERAUNOS_STATIC_TOO=ON, KERAUNOS_CLI=ON, "
                      "KERAUNOS_CUDA=OFF and CMAKE_INSTALL_PREFIX=/usr, as scripts/packages_deb.sh sets them")
endif()

set(DEB_VERSION ${PROJECT_VERSION}-1)
set(DEB_RUNTIME libkeraunos${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(DEB_MAINTAINER "Keraunos maintainers <maintainers@keraunos.invalid>")
string(TIMESTAMP DEB_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # from SOURCE_DATE_EPOCH
# Header-only libraries are inside the binaries, so their licences are quoted.
set(DEB_NOTICES "")
foreach(package nlohmann-json3-dev libcli11-dev)
  file(READ /usr/share/doc/${package}/copyright notice)
  string(APPEND DEB_NOTICES "\n---- Debian's notice of ${package}, whose headers are compiled into these files ----\n\n${notice}")
endforeach()

set(DOC_FOLDER ${PROJECT_BINARY_DIR}/package/doc)
configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/copyright.in ${DOC_FOLDER}/copyright @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/changelog.in ${DOC_FOLDER}/changelog.Debian @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${DOC_FOLDER}/changelog COPYONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/keraunos.1.in ${DOC_FOLDER}/keraunos.1 @ONLY)
execute_process(COMMAND gzip -9nf changelog.Debian changelog keraunos.1
                WORKING_DIRECTORY ${DOC_FOLDER} COMMAND_ERROR_IS_FATAL ANY)
function(keraunos_package component name)
  install(FILES ${DOC_FOLDER}/copyright ${DOC_FOLDER}/changelog.Debian.gz ${DOC_FOLDER}/changelog.gz
          DESTINATION share/doc/${name} COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
endfunction()
keraunos_package(runtime ${DEB_RUNTIME})
keraunos_package(development libkeraunos-dev)
keraunos_package(program keraunos)
install(FILES ${DOC_FOLDER}/keraunos.1.gz DESTINATION share/man/man1 COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME keraunos)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${DEB_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime development program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian/staged.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${DEB_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

# The first line is the summary; cpack indents what follows.
set(DEB_ABOUT "Keraunos is a C++20 library and a program that load what Keras's
model.save() wrote (.keras archives, HDF5 files, SavedModels) and predict.
It needs no Python, no TensorFlow and no conversion of the model. These
packages compute on the CPU.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "inference of saved Keras models (shared library)\n${DEB_ABOUT}

This package holds the shared library.")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/triggers)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian/packed.cmake)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "inference of saved Keras models (development files)\n${DEB_ABOUT}

This package holds the headers for C++20 and C11, the static library, and
what CMake's find_package and pkg-config look for. The libraries that it
suggests are needed for programs that link the static library.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${DEB_RUNTIME} (= ${DEB_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS
    "cmake, pkg-config, libzip-dev, zlib1g-dev, libhdf5-dev, libdnnl-dev, liblapack-dev, libblas-dev")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "inference of saved Keras models (command line)\n${DEB_ABOUT}

This package holds the program keraunos: it predicts, evaluates, shows
layers and plans, and compares a model with recorded results.")
include(CPack)
