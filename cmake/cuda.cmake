# The CUDA toolkit: KERAUNOS_CUDA_ROOT (nvcc, runtime, cuBLASLt, headers of cuSOLVER) and KERAUNOS_CUDNN_ROOT, either installed on the machine or
# unpacked from Python packages (scripts/find_cuda.sh prints both). Python packages have no .so links without version, so
# libraries are given with their full names.
set(KERAUNOS_CUDA_ROOT /usr/local/cuda CACHE PATH "CUDA toolkit")
set(KERAUNOS_CUDNN_ROOT ${KERAUNOS_CUDA_ROOT} CACHE PATH "cuDNN")
set(KERAUNOS_CUDA_ARCHITECTURES "80;90a;120" CACHE STRING "GPUs that kernels are compiled for")

set(CMAKE_CUDA_ARCHITECTURES ${KERAUNOS_CUDA_ARCHITECTURES})
enable_language(CUDA)
# CMake 3.25 (Debian 12) does not know that nvcc supports C++20.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)

function(keraunos_cuda_library variable name root)
  find_library(${variable} NAMES ${name} PATHS ${root}/lib64 ${root}/lib NO_DEFAULT_PATH REQUIRED)
endfunction()
keraunos_cuda_library(CUBLASLT_LIBRARY libcublasLt.so.13 ${KERAUNOS_CUDA_ROOT})
keraunos_cuda_library(CUDART_LIBRARY libcudart.so.13 ${KERAUNOS_CUDA_ROOT})
keraunos_cuda_library(CUDNN_LIBRARY libcudnn.so.9 ${KERAUNOS_CUDNN_ROOT})
set(KERAUNOS_CUDA_LIBRARIES ${CUBLASLT_LIBRARY} ${CUDNN_LIBRARY} ${CUDART_LIBRARY} ${CMAKE_DL_LIBS} rt)
