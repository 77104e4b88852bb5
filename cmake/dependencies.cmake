# Libraries from the distribution; README.md says what each is for.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_package(nlohmann_json 3.9 REQUIRED)

set(KERAUNOS_LIBRARIES Threads::Threads PkgConfig::LIBZIP ${HDF5_C_LIBRARIES} ZLIB::ZLIB)
