# Libraries from the distribution; README.md lists the purpose of each.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_package(nlohmann_json 3.9 REQUIRED)
# Not found by its CMake package, which also requires OpenCL's headers. It runs on GCC's OpenMP, of which we use only the number
# of threads.
find_path(DNNL_INCLUDE_DIR dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY NAMES dnnl REQUIRED)
find_library(GOMP_LIBRARY NAMES libgomp.so.1 REQUIRED)
# Fortran symbols, declared in src/kernels/cpu/lapack/routines.h. Any implementation with 32-bit integers is suitable (OpenBLAS has
# both).
find_library(LAPACK_LIBRARY NAMES lapack openblas REQUIRED)
find_library(BLAS_LIBRARY NAMES blas openblas REQUIRED)

# HDF5's search also lists what a static libhdf5 needs (curl, crypto, …); a shared one records its libraries itself.
set(HDF5_FILES ${HDF5_C_LIBRARIES})
list(FILTER HDF5_FILES INCLUDE REGEX "/libhdf5[^/]*\\.so[^/]*$")
if(NOT HDF5_FILES)
  set(HDF5_FILES ${HDF5_C_LIBRARIES})
endif()

# Files instead of targets, so that users of the installed library need none of the searches above (cmake/install.cmake).
set(KERAUNOS_LIBRARIES ${LIBZIP_LINK_LIBRARIES} ${HDF5_FILES} ${ZLIB_LIBRARIES} ${DNNL_LIBRARY} ${GOMP_LIBRARY}
    ${LAPACK_LIBRARY} ${BLAS_LIBRARY} ${CMAKE_THREAD_LIBS_INIT})
