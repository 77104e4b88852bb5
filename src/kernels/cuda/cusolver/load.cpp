// Loads cuSOLVER and cuBLAS. They are never unloaded: handles may live until the process ends.
#include <dlfcn.h>

#include <string>

#include "keraunos/error.h"
#include "kernels/cuda/cusolver/functions.h"

namespace keraunos::cuda {
namespace {

[[noreturn]] void fail_loading(const std::string& what) {
  const char* reason = dlerror();
  throw DeviceError(what + " was not found (" + (reason == nullptr ? "no reason given" : reason) +
                    "): factoring matrices on a GPU needs cuSOLVER 12 and cuBLAS 13, which CUDA 13 and the Python packages "
                    "nvidia-cusolver and nvidia-cublas contain; install them, or run this model on the CPU");
}

void* open_library(const char* name) {
  void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail_loading(name);
  return library;
}

}  // namespace

SolverFunctions load_solver() {
  void* const solver = open_library("libcusolver.so.12");
  void* const blas = open_library("libcublas.so.13");
  const auto find = [&](const char* name) {
    const bool of_blas = std::string(name).starts_with("cublas");
    void* const function = dlsym(of_blas ? blas : solver, name);
    if (function == nullptr) fail_loading(std::string("the function ") + name);
    return function;
  };
  SolverFunctions functions;
#define KERAUNOS_FIND(name) functions.name = reinterpret_cast<decltype(functions.name)>(find(#name))
  KERAUNOS_SOLVER_FUNCTIONS(KERAUNOS_FIND);
#undef KERAUNOS_FIND
  return functions;
}

}  // namespace keraunos::cuda
