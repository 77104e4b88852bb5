# "Add an operation in three files" of src/README.md: its files are compiled unchanged, and the test calls them as the engine
# does.
set(README_OPERATION ${CMAKE_CURRENT_BINARY_DIR}/readme_operation_files)  # the program has the shorter name
set(OPERATION_SOURCES "")
file(READ ${PROJECT_SOURCE_DIR}/src/README.md TEXT)
foreach(path host/ops/cumulative_sum.h host/ops/cumulative_sum.cpp kernels/cpu/cumulative_sum.cpp)
  string(FIND "${TEXT}" "`src/${path}`:\n\n```cpp\n" BEGIN)
  if(BEGIN LESS 0)
    message(FATAL_ERROR "src/README.md: no line that names src/${path} stands above a fence of C++")
  endif()
  string(SUBSTRING "${TEXT}" ${BEGIN} -1 CODE)
  string(FIND "${CODE}" "```cpp\n" BEGIN)
  math(EXPR BEGIN "${BEGIN} + 7")
  string(SUBSTRING "${CODE}" ${BEGIN} -1 CODE)
  string(FIND "${CODE}" "```" END)
  string(SUBSTRING "${CODE}" 0 ${END} CODE)
  file(CONFIGURE OUTPUT ${README_OPERATION}/${path} CONTENT "${CODE}" @ONLY)
  if(path MATCHES "cpp$")
    list(APPEND OPERATION_SOURCES ${README_OPERATION}/${path})
  endif()
endforeach()

keraunos_test(readme_operation readme SOURCES readme_operation_test.cpp ${OPERATION_SOURCES} ${MAKE_DEVICE} ${PROJECT_SOURCE_DIR}/src/kernels/cuda_absent.cpp
              OBJECTS ${ENGINE_OBJECTS} LIBRARIES ${ENGINE_LIBRARIES})
target_include_directories(readme_operation PRIVATE ${README_OPERATION})
