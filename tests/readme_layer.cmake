# Follows "Add a layer in ten lines" of src/README.md literally: its code becomes one more file in the table of layers, and
# recorded cases of a registered layer, which the library refuses without it, must then pass.
include(layer_table)
set(PAGE ${PROJECT_SOURCE_DIR}/src/README.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PAGE})
file(READ ${PAGE} TEXT)
if(NOT TEXT MATCHES "`src/loader/layers/([a-z0-9_]+)\\.cpp`:\n\n```cpp\n")
  message(FATAL_ERROR "src/README.md: no line that names a file of src/loader/layers stands above a fence of C++")
endif()
set(README_LAYER ${CMAKE_CURRENT_BINARY_DIR}/readme_layer/${CMAKE_MATCH_1}.cpp)
string(FIND "${TEXT}" "${CMAKE_MATCH_0}" BEGIN)
string(LENGTH "${CMAKE_MATCH_0}" LENGTH)
math(EXPR BEGIN "${BEGIN} + ${LENGTH}")
string(SUBSTRING "${TEXT}" ${BEGIN} -1 CODE)
string(FIND "${CODE}" "```" END)
string(SUBSTRING "${CODE}" 0 ${END} CODE)
file(CONFIGURE OUTPUT ${README_LAYER} CONTENT "${CODE}" @ONLY)

file(GLOB_RECURSE README_FAMILIES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/loader/layers/*.cpp ${PROJECT_SOURCE_DIR}/src/loader/recipes/*.cpp)
keraunos_layer_table(${CMAKE_CURRENT_BINARY_DIR}/readme_layer/layer_families.cpp ${README_FAMILIES} ${README_LAYER})

set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/readme_layer/layer_families.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

keraunos_program(golden_readme ${README_LAYER} ${CMAKE_CURRENT_BINARY_DIR}/readme_layer/layer_families.cpp ${GOLDEN_CPU} $<TARGET_OBJECTS:of_cpu> $<TARGET_OBJECTS:without_cuda>
                 $<FILTER:$<TARGET_OBJECTS:keraunos_core>,EXCLUDE,layer_families> $<TARGET_OBJECTS:keraunos_cpu> $<TARGET_OBJECTS:keraunos_golden>)
add_test(NAME readme_layer COMMAND golden_readme ${CMAKE_CURRENT_SOURCE_DIR}/readme_layer --device cpu)
add_test(NAME readme_layer_is_needed COMMAND golden_cpu ${CMAKE_CURRENT_SOURCE_DIR}/readme_layer --device cpu --allow-refused 0)
set_tests_properties(readme_layer readme_layer_is_needed PROPERTIES LABELS readme)
set_tests_properties(readme_layer_is_needed PROPERTIES PASS_REGULAR_EXPRESSION "^refused repeat_steps_k2.*refused repeat_steps_k3.*0 passed, 0 failed, 2 refused")
