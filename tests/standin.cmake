# The CUDA device over the host stand-in: its host code and kernels are compiled by the host compiler, and the CUDA runtime and
# libraries are replaced at link time behind their real headers. No CUDA library is linked.
set(KERAUNOS_CUDA_ROOT /usr/local/cuda CACHE PATH "CUDA toolkit, for its headers")
set(KERAUNOS_CUDNN_ROOT ${KERAUNOS_CUDA_ROOT} CACHE PATH "cuDNN, for its headers")
set(CUDA_HEADERS ${KERAUNOS_CUDA_ROOT}/include ${KERAUNOS_CUDNN_ROOT}/include)

file(GLOB_RECURSE STANDIN_SOURCES CONFIGURE_DEPENDS standin/*.cpp)
file(GLOB_RECURSE CUDA_HOST_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/cuda/*.cpp)
list(FILTER CUDA_HOST_SOURCES EXCLUDE REGEX "cusolver/load")  # the stand-in's functions: standin/solver_handle.cpp
file(GLOB_RECURSE CUDA_KERNEL_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/cuda/*.cu)
set_source_files_properties(${CUDA_KERNEL_SOURCES} PROPERTIES LANGUAGE CXX)
# NVTX's header has macros and weak symbols of its own.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/cuda/runtime/range.cpp ${CMAKE_CURRENT_SOURCE_DIR}/unit/standin/ranges_test.cpp
                            PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

# Under TSan the stand-in itself is not instrumented: it tells TSan which CUDA thread runs and what orders them
# (standin/sanitizer.h). The loops of its libraries are not either: they run on the stack of the host thread that drains a stream,
# which TSan would report as races.
add_library(standin OBJECT ${STANDIN_SOURCES})
target_compile_options(standin PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror -O2)
target_include_directories(standin PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR})
target_include_directories(standin SYSTEM PRIVATE ${CUDA_HEADERS})
if(KERAUNOS_SANITIZE MATCHES thread)
  target_compile_options(standin PRIVATE -fno-builtin-memcpy -fno-builtin-memset)
  target_compile_definitions(standin PRIVATE STANDIN_THREAD_SANITIZER)
elseif(KERAUNOS_SANITIZE)
  target_compile_options(standin PRIVATE -fsanitize=${KERAUNOS_SANITIZE} -fno-omit-frame-pointer)
endif()

add_library(cuda_over_standin OBJECT ${CUDA_HOST_SOURCES} ${CUDA_KERNEL_SOURCES})
target_link_libraries(cuda_over_standin PRIVATE keraunos_flags)
target_compile_options(cuda_over_standin PRIVATE ${KERAUNOS_COMPUTES})
target_include_directories(cuda_over_standin PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_include_directories(cuda_over_standin SYSTEM PRIVATE ${CUDA_HEADERS})

keraunos_test_objects(of_standin device_under_test_cuda.cpp scheduler_seed_standin.cpp callers_stream_cuda.cpp ${MAKE_DEVICE})
keraunos_test_objects(cases_standin case_objects.cpp sine_kernel_cuda.cu)
set_source_files_properties(sine_kernel_cuda.cu PROPERTIES LANGUAGE CXX)
foreach(objects of_standin cases_standin)
  target_include_directories(${objects} SYSTEM PRIVATE ${CUDA_HEADERS})
endforeach()
set(FOR_STANDIN $<TARGET_OBJECTS:of_standin> ${ENGINE_OBJECTS} $<TARGET_OBJECTS:cuda_over_standin> $<TARGET_OBJECTS:standin>)

file(GLOB_RECURSE STANDIN_TESTS CONFIGURE_DEPENDS unit/standin/*_test.cpp unit/kernels/cuda/*_test.cpp)
file(GLOB_RECURSE STANDIN_TEST_KERNELS CONFIGURE_DEPENDS unit/standin/*.cu)
list(FILTER STANDIN_TESTS EXCLUDE REGEX "rung5")
set_source_files_properties(${STANDIN_TEST_KERNELS} PROPERTIES LANGUAGE CXX)
keraunos_test(keraunos_standin_unit standin SOURCES ${STANDIN_TESTS} ${STANDIN_TEST_KERNELS} OBJECTS $<TARGET_OBJECTS:cases_standin> ${FOR_STANDIN} LIBRARIES ${ENGINE_LIBRARIES})
target_include_directories(keraunos_standin_unit SYSTEM PRIVATE ${CUDA_HEADERS})
keraunos_shards(keraunos_standin_unit 4)
# Only tests that planted races are reported, and that ordered accesses are not; thousands of kernels would take an hour.
if(KERAUNOS_SANITIZE MATCHES thread)
  add_test(NAME standin_races COMMAND keraunos_standin_unit --gtest_filter=Threads.*:Executor.*:Schedule.*:Language.*:CaptureTest.*)
  set_tests_properties(standin_races PROPERTIES LABELS "standin;threads")
endif()

foreach(name ${DEVICE_TESTS})
  keraunos_test(${name}_standin "standin;${DEVICE_TEST_${name}}" OBJECTS $<TARGET_OBJECTS:${name}_objects> ${FOR_STANDIN} LIBRARIES ${ENGINE_LIBRARIES})
  target_include_directories(${name}_standin SYSTEM PRIVATE ${CUDA_HEADERS})
endforeach()
keraunos_shards(threads_standin 4)
if(TARGET allocations_standin)
  target_sources(allocations_standin PRIVATE unit/allocations/device_standin.cpp)
  keraunos_wrapped_libraries(allocations_standin)
endif()

keraunos_c_test(standin standin ${FOR_STANDIN})
target_include_directories(c_interface_standin SYSTEM PRIVATE ${CUDA_HEADERS})

keraunos_soak(standin ${FOR_STANDIN})
# Not among the tests of threads: under TSan the stand-in's records of freed memory took more than 6 GiB.
set_tests_properties(soak_standin PROPERTIES LABELS "standin")
set_tests_properties(soak_long_standin PROPERTIES LABELS "nightly;standin")

keraunos_program(golden_standin $<TARGET_OBJECTS:golden_runner> $<TARGET_OBJECTS:cases_standin> ${FOR_STANDIN})
keraunos_goldens(golden_standin cuda standin --seeds 8 --precision float32 --poison yes)
foreach(first 1 2 3 4 5 6 7)  # together with the line above: every case on every seed
  add_test(NAME golden_standin_${first} COMMAND golden_standin ${CMAKE_CURRENT_SOURCE_DIR}/cases --device cuda --precision float32 --poison yes --seeds 8 --first-seed ${first})
  set_tests_properties(golden_standin_${first} PROPERTIES LABELS "nightly;standin" TIMEOUT 1800)
endforeach()

# With operands rounded as in tensor cores.
add_test(NAME golden_standin_tf32 COMMAND golden_standin ${CMAKE_CURRENT_SOURCE_DIR}/cases --device cuda --precision tf32 --poison yes --seeds 8)
set_tests_properties(golden_standin_tf32 PROPERTIES LABELS "nightly;standin" TIMEOUT 1800)

# Row by row, with several chunks in flight.
add_test(NAME golden_standin_pieces COMMAND golden_standin ${CMAKE_CURRENT_SOURCE_DIR}/cases --device cuda --precision float32 --piece-rows 1 --seeds 8)
set_tests_properties(golden_standin_pieces PROPERTIES LABELS "nightly;standin" TIMEOUT 1800)

# Compares the stand-in with recorded results of the real libraries (tests/standin/truth). Judging a recording of the stand-in
# itself proves that recording and judging work.
file(GLOB TRUTH_SOURCES CONFIGURE_DEPENDS truth/*.cpp)
keraunos_test_objects(truth_objects ${TRUTH_SOURCES})
target_include_directories(truth_objects SYSTEM PRIVATE ${CUDA_HEADERS})
keraunos_program(truth_standin $<TARGET_OBJECTS:truth_objects> ${FOR_STANDIN})
set(OWN_RECORD ${CMAKE_CURRENT_BINARY_DIR}/truth)
file(MAKE_DIRECTORY ${OWN_RECORD})
add_test(NAME truth_recorded COMMAND truth_standin record ${OWN_RECORD}/standin.jsonl)
add_test(NAME truth_agrees COMMAND truth_standin judge ${OWN_RECORD})
add_test(NAME truth_judged COMMAND truth_standin judge ${CMAKE_CURRENT_SOURCE_DIR}/standin/truth)
set_tests_properties(truth_recorded PROPERTIES FIXTURES_SETUP own_record)
set_tests_properties(truth_agrees PROPERTIES FIXTURES_REQUIRED own_record)
set_tests_properties(truth_recorded truth_agrees truth_judged PROPERTIES LABELS standin SKIP_RETURN_CODE 77)

# The command-line program over the stand-in: --device cuda runs any model through the CUDA code; the device's name says what it
# is.
keraunos_program(keraunos-standin $<TARGET_OBJECTS:keraunos_cli_objects> ${FOR_STANDIN})

# Rung 5: plans finalised by the real cuDNN for a described GPU; that library needs neither a driver nor a GPU, and is not linked
# with the stand-in.
find_library(REAL_CUDNN_LIBRARY NAMES libcudnn.so.9 PATHS ${KERAUNOS_CUDNN_ROOT}/lib64 ${KERAUNOS_CUDNN_ROOT}/lib NO_DEFAULT_PATH)
if(REAL_CUDNN_LIBRARY)
  file(GLOB CUDNN_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/cuda/cudnn/*.cpp)
  keraunos_test(keraunos_rung5 rung5 SOURCES unit/kernels/cuda/cudnn_rung5_test.cpp ${CUDNN_SOURCES} ${PROJECT_SOURCE_DIR}/src/host/api/tensor.cpp
                ${PROJECT_SOURCE_DIR}/src/host/api/host_memory.cpp
                LIBRARIES keraunos_flags ${REAL_CUDNN_LIBRARY})
  target_include_directories(keraunos_rung5 SYSTEM PRIVATE ${CUDA_HEADERS})
  # cuDNN and cuBLASLt keep allocations until the process ends; all other leaks are still reported.
  set_tests_properties(keraunos_rung5 PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
else()
  message(STATUS "no libcudnn.so.9 below ${KERAUNOS_CUDNN_ROOT}: the plans of rung 5 are not tested")
endif()

# The names of functions that are loaded at run time, in the real libraries.
find_library(REAL_CUSOLVER_LIBRARY NAMES libcusolver.so.12 PATHS ${KERAUNOS_CUDA_ROOT}/lib64 ${KERAUNOS_CUDA_ROOT}/lib NO_DEFAULT_PATH)
if(REAL_CUSOLVER_LIBRARY)
  keraunos_test(keraunos_rung5_solver rung5 SOURCES unit/kernels/cuda/solver_rung5_test.cpp ${PROJECT_SOURCE_DIR}/src/kernels/cuda/cusolver/load.cpp
                LIBRARIES keraunos_flags ${CMAKE_DL_LIBS})
  target_include_directories(keraunos_rung5_solver SYSTEM PRIVATE ${CUDA_HEADERS})
  get_filename_component(REAL_CUSOLVER_FOLDER ${REAL_CUSOLVER_LIBRARY} DIRECTORY)
  set_tests_properties(keraunos_rung5_solver PROPERTIES ENVIRONMENT "LD_LIBRARY_PATH=${REAL_CUSOLVER_FOLDER};ASAN_OPTIONS=detect_leaks=0")
else()
  message(STATUS "no libcusolver.so.12 below ${KERAUNOS_CUDA_ROOT}: its functions are not looked up")
endif()
