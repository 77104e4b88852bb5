# The CUDA device over the host stand-in: its host code and its kernels compiled by the host compiler, the CUDA runtime and libraries
# replaced at link time behind their real headers. No CUDA library is linked.
set(KERAUNOS_CUDA_ROOT /usr/local/cuda CACHE PATH "CUDA toolkit, for its headers")
set(KERAUNOS_CUDNN_ROOT ${KERAUNOS_CUDA_ROOT} CACHE PATH "cuDNN, for its headers")
set(CUDA_HEADERS ${KERAUNOS_CUDA_ROOT}/include ${KERAUNOS_CUDNN_ROOT}/include)

file(GLOB_RECURSE STANDIN_SOURCES CONFIGURE_DEPENDS standin/*.cpp)
file(GLOB_RECURSE CUDA_HOST_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/cuda/*.cpp)
file(GLOB_RECURSE CUDA_KERNEL_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/cuda/*.cu)
set_source_files_properties(${CUDA_KERNEL_SOURCES} PROPERTIES LANGUAGE CXX)

# Under TSan the stand-in itself is not instrumented: it tells TSan which fiber runs and what a barrier orders (standin/fiber.cpp).
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
target_include_directories(cuda_over_standin PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_include_directories(cuda_over_standin SYSTEM PRIVATE ${CUDA_HEADERS})

set(STANDIN_OBJECTS ${ENGINE_OBJECTS} $<TARGET_OBJECTS:cuda_over_standin> $<TARGET_OBJECTS:standin>)

file(GLOB_RECURSE STANDIN_TESTS CONFIGURE_DEPENDS unit/standin/*_test.cpp unit/kernels/cuda/*_test.cpp)
file(GLOB_RECURSE STANDIN_TEST_KERNELS CONFIGURE_DEPENDS unit/standin/*.cu)
list(FILTER STANDIN_TESTS EXCLUDE REGEX "rung5")
set_source_files_properties(${STANDIN_TEST_KERNELS} PROPERTIES LANGUAGE CXX)
keraunos_test(keraunos_standin_unit standin SOURCES ${STANDIN_TESTS} ${STANDIN_TEST_KERNELS} ${PROJECT_SOURCE_DIR}/src/kernels/make_device.cpp
              OBJECTS ${STANDIN_OBJECTS} LIBRARIES ${ENGINE_LIBRARIES})
target_include_directories(keraunos_standin_unit SYSTEM PRIVATE ${CUDA_HEADERS})

foreach(name ${DEVICE_TESTS})
  list(POP_FRONT DEVICE_TEST_${name} label)
  keraunos_test(${name}_standin "standin;${label}" SOURCES ${DEVICE_TEST_${name}} scheduler_seed_standin.cpp callers_stream_cuda.cpp ${MAKE_DEVICE} OBJECTS ${STANDIN_OBJECTS} LIBRARIES ${ENGINE_LIBRARIES})
  target_include_directories(${name}_standin SYSTEM PRIVATE ${CUDA_HEADERS})
  target_compile_definitions(${name}_standin PRIVATE KERAUNOS_TEST_DEVICE="cuda")
endforeach()
if(TARGET allocations_standin)
  target_sources(allocations_standin PRIVATE unit/allocations/device_standin.cpp unit/allocations/libraries_standin.cpp)
  foreach(call cudnnBackendCreateDescriptor cudnnBackendSetAttribute cudnnBackendFinalize cudnnBackendExecute cublasLtMatmul)
    target_link_options(allocations_standin PRIVATE -Wl,--wrap=${call})
  endforeach()
endif()

add_executable(golden_standin golden_runner.cpp case_objects.cpp scheduler_seed_standin.cpp ${PROJECT_SOURCE_DIR}/src/kernels/make_device.cpp ${STANDIN_OBJECTS})
target_include_directories(golden_standin PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_include_directories(golden_standin SYSTEM PRIVATE ${CUDA_HEADERS})
target_link_libraries(golden_standin PRIVATE ${ENGINE_LIBRARIES})
keraunos_goldens(golden_standin cuda standin --seeds 8 --precision float32 --poison yes)

# The command-line program over the stand-in: --device cuda runs any model through the CUDA code; the device's name says what it is.
file(GLOB CLI_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.cpp)
add_executable(keraunos-standin ${CLI_SOURCES} ${PROJECT_SOURCE_DIR}/src/kernels/make_device.cpp ${STANDIN_OBJECTS})
target_link_libraries(keraunos-standin PRIVATE ${ENGINE_LIBRARIES})
