# Tests of the CUDA device on a GPU: the same cases and unit tests as over the stand-in, linked with the real libraries. Without a
# GPU they are built (scripts/gpu_bundle.sh takes them to a machine that has one) and skipped.
set(GPU_HEADERS ${KERAUNOS_CUDA_ROOT}/include ${KERAUNOS_CUDNN_ROOT}/include)

# For runs inside the bundle, which has its own copy of the cases.
keraunos_test_objects(folders_gpu folders.cpp)
target_compile_definitions(folders_gpu PRIVATE KERAUNOS_CASES="cases" KERAUNOS_TEST_DATA="data" KERAUNOS_SHARED="shared")
keraunos_test_objects(of_gpu crash_trace.cpp scheduler_seed_none.cpp device_under_test_cuda.cpp callers_stream_cuda.cpp ${MAKE_DEVICE})
keraunos_test_objects(cases_gpu case_objects.cpp sine_kernel_cuda.cu)
set(FOR_GPU $<TARGET_OBJECTS:folders_gpu> $<TARGET_OBJECTS:of_gpu> ${ENGINE_OBJECTS} $<TARGET_OBJECTS:keraunos_cuda_host> $<TARGET_OBJECTS:keraunos_cuda_gpu>)

file(GLOB TRUTH_SOURCES CONFIGURE_DEPENDS truth/*.cpp)
file(GLOB_RECURSE GPU_TESTS CONFIGURE_DEPENDS unit/kernels/cuda/*_test.cpp)
list(FILTER GPU_TESTS EXCLUDE REGEX "rung5")

add_executable(golden_gpu $<TARGET_OBJECTS:golden_runner> $<TARGET_OBJECTS:cases_gpu> ${FOR_GPU})
add_executable(truth_gpu ${TRUTH_SOURCES} ${FOR_GPU})
add_executable(unit_gpu ${GPU_TESTS} $<TARGET_OBJECTS:calls_objects> $<TARGET_OBJECTS:threads_objects> $<TARGET_OBJECTS:cases_gpu> ${FOR_GPU})
target_link_libraries(unit_gpu PRIVATE GTest::gtest_main)
add_executable(allocations_gpu $<TARGET_OBJECTS:allocations_objects> unit/allocations/device_gpu.cpp ${FOR_GPU})
keraunos_wrapped_libraries(allocations_gpu cudaMalloc cudaMallocHost cudaSetDevice cudaMemcpyAsync cudaMemsetAsync cudaLaunchKernelExC cudaLaunchHostFunc cudaGraphLaunch cudaEventRecord
                           cudaEventSynchronize cudaStreamSynchronize cudaStreamIsCapturing)
target_link_libraries(allocations_gpu PRIVATE GTest::gtest_main)
foreach(objects of_gpu cases_gpu golden_gpu truth_gpu unit_gpu allocations_gpu)
  target_include_directories(${objects} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_include_directories(${objects} SYSTEM PRIVATE ${GPU_HEADERS})
  target_compile_options(${objects} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr> $<$<COMPILE_LANGUAGE:CXX>:-O0>)
endforeach()
foreach(program golden_gpu truth_gpu unit_gpu allocations_gpu)
  target_link_libraries(${program} PRIVATE ${ENGINE_LIBRARIES} ${KERAUNOS_CUDA_LIBRARIES})
endforeach()

keraunos_goldens(golden_gpu cuda gpu --precision float32)
