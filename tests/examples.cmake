# The programs of examples/, each run as its head says.
set(EXAMPLES ${PROJECT_SOURCE_DIR}/examples)
if(TARGET example_images)
  keraunos_test(example_images_test unit SOURCES examples/images_test.cpp OBJECTS $<TARGET_OBJECTS:example_images> $<TARGET_OBJECTS:without_cuda> ${ENGINE_OBJECTS}
                LIBRARIES ${ENGINE_LIBRARIES} PkgConfig::TURBOJPEG PkgConfig::LIBPNG)
  target_include_directories(example_images_test PRIVATE ${EXAMPLES})
  target_compile_definitions(example_images_test PRIVATE KERAUNOS_EXAMPLES="${EXAMPLES}")
  add_test(NAME example_classify_folder COMMAND classify_folder ${EXAMPLES}/images/stripes.keras ${EXAMPLES}/images/folder --crop)
  set_tests_properties(example_classify_folder PROPERTIES LABELS unit PASS_REGULAR_EXPRESSION "16 of 16 lie in the folder of their class")
endif()
