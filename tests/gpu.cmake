# Tests of the CUDA device on a GPU: the same cases and unit tests that run over the stand-in, linked with the real libraries. Without a GPU they
# are built (scripts/gpu_bundle.sh takes them to a machine that has one) and skip.
set(GPU_OBJECTS ${ENGINE_OBJECTS} $<TARGET_OBJECTS:keraunos_cuda_host> $<TARGET_OBJECTS:keraunos_cuda_gpu>)
set(GPU_HEADERS ${KERAUNOS_CUDA_ROOT}/include ${KERAUNOS_CUDNN_ROOT}/include)
set(GPU_COMMON crash_trace.cpp folders.cpp scheduler_seed_none.cpp ${PROJECT_SOURCE_DIR}/src/kernels/make_device.cpp ${GPU_OBJECTS})

file(GLOB TRUTH_SOURCES CONFIGURE_DEPENDS truth/*.cpp)
file(GLOB_RECURSE GPU_TESTS CONFIGURE_DEPENDS unit/kernels/cuda/*_test.cpp unit/calls/*.cpp unit/threads/*.cpp)
list(FILTER GPU_TESTS EXCLUDE REGEX "rung5")

set(CASE_OBJECTS case_objects.cpp sine_kernel_cuda.cu)
add_executable(golden_gpu golden_runner.cpp ${CASE_OBJECTS} ${GPU_COMMON})
add_executable(truth_gpu ${TRUTH_SOURCES} ${GPU_COMMON})
add_executable(unit_gpu ${GPU_TESTS} ${CASE_OBJECTS} callers_stream_cuda.cpp ${GPU_COMMON})
target_link_libraries(unit_gpu PRIVATE GTest::gtest_main)
add_executable(allocations_gpu unit/allocations/calls_test.cpp unit/allocations/heap.cpp unit/allocations/device_gpu.cpp callers_stream_cuda.cpp ${GPU_COMMON})
keraunos_wrapped_libraries(allocations_gpu cudaMalloc cudaMallocHost cudaSetDevice cudaMemcpyAsync cudaMemsetAsync cudaLaunchKernelExC cudaLaunchHostFunc cudaGraphLaunch cudaEventRecord
                           cudaEventSynchronize cudaStreamSynchronize cudaStreamIsCapturing)
target_link_libraries(allocations_gpu PRIVATE GTest::gtest_main)
foreach(program golden_gpu truth_gpu unit_gpu allocations_gpu)
  target_include_directories(${program} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_include_directories(${program} SYSTEM PRIVATE ${GPU_HEADERS})
  target_compile_options(${program} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>)
  # Run inside the bundle, which has its own copy of the cases.
  target_compile_definitions(${program} PRIVATE KERAUNOS_CASES="cases" KERAUNOS_TEST_DATA="data" KERAUNOS_SHARED="shared" KERAUNOS_TEST_DEVICE="cuda")
  target_link_libraries(${program} PRIVATE ${ENGINE_LIBRARIES} ${KERAUNOS_CUDA_LIBRARIES})
endforeach()

keraunos_goldens(golden_gpu cuda gpu --precision float32)
