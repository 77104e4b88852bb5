# The programs of examples/, each run as its head says.
set(EXAMPLES ${PROJECT_SOURCE_DIR}/examples)
function(keraunos_example_test name)
  add_test(NAME example_${name} COMMAND ${ARGN})
  set_tests_properties(example_${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
keraunos_example_test(doc doc_example ${EXAMPLES}/doc_example)
keraunos_example_test(serve serve ${EXAMPLES}/doc_example/keras3.keras ${EXAMPLES}/service/next.keras)
set(TEXTS ${EXAMPLES}/texts)
keraunos_example_test(classify_texts sh -c "$<TARGET_FILE:classify_texts> ${TEXTS}/feedback.keras ${TEXTS}/classes.txt ${TEXTS}/texts.txt | diff - ${TEXTS}/expected.txt")

if(TARGET example_images)
  keraunos_test(example_images_test unit SOURCES examples/images_test.cpp OBJECTS $<TARGET_OBJECTS:example_images> $<TARGET_OBJECTS:without_cuda> ${ENGINE_OBJECTS}
                LIBRARIES ${ENGINE_LIBRARIES} PkgConfig::TURBOJPEG PkgConfig::LIBPNG)
  target_include_directories(example_images_test PRIVATE ${EXAMPLES})
  target_compile_definitions(example_images_test PRIVATE KERAUNOS_EXAMPLES="${EXAMPLES}")
  keraunos_example_test(classify_folder classify_folder ${EXAMPLES}/images/stripes.keras ${EXAMPLES}/images/folder --crop)
  set_tests_properties(example_classify_folder PROPERTIES PASS_REGULAR_EXPRESSION "16 of 16 lie in the folder of their class")
endif()
