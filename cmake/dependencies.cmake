# Libraries from the distribution; README.md says what each is for.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(dnnl CONFIG REQUIRED)

add_library(keraunos_hdf5 INTERFACE)
target_include_directories(keraunos_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(keraunos_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

set(KERAUNOS_LIBRARIES Threads::Threads PkgConfig::LIBZIP keraunos_hdf5 ZLIB::ZLIB OpenMP::OpenMP_CXX DNNL::dnnl)
