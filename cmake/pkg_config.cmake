# keraunos.pc, which may be moved with its prefix. Libs.private lists what a static library needs (pkg-config --static). The
# libraries are not in Requires.private, because pkg-config would then require those packages from users of the shared library
# too.
# in Requires.private, since pkg-config asks for those packages from users of the shared library too.

# A library in the linker's form: -lname if the linker finds it by that name, else the whole path (libgomp.so.1, HDF5's own
# folder).
function(keraunos_linker_flag result library)
  get_filename_component(folder "${library}" DIRECTORY)
  get_filename_component(name "${library}" NAME)
  if(library MATCHES "^-")
    set(flag "${library}")
  elseif(NOT IS_ABSOLUTE "${library}")
    set(flag "-l${library}")
  elseif(name MATCHES "^lib(.*)\\.(so|a)$" AND folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    set(flag "-l${CMAKE_MATCH_1}")
  else()
    set(flag "${library}")
  endif()
  set(${result} "${flag}" PARENT_SCOPE)
endfunction()

function(keraunos_pkg_config file)  # libraries
  set(flags "")
  foreach(library ${ARGN} stdc++ m)
    keraunos_linker_flag(flag "${library}")
    list(APPEND flags "${flag}")
  endforeach()
  list(REMOVE_DUPLICATES flags)
  string(REPLACE ";" " " PC_PRIVATE "${flags}")
  file(RELATIVE_PATH PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/keraunos.pc.in ${file} @ONLY)
endfunction()
