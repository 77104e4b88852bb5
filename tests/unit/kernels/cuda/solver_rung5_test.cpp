// The real cuSOLVER and cuBLAS have every function that linear algebra calls. Finding them needs neither a driver nor a GPU.
#include <gtest/gtest.h>

#include "kernels/cuda/cusolver/functions.h"

namespace keraunos::cuda {
namespace {

TEST(RealSolver, HasEveryFunction) {
  const SolverFunctions functions = load_solver();
  EXPECT_NE(functions.cusolverDnCreate, nullptr);
  EXPECT_NE(functions.cublasDgetrsBatched, nullptr);
}

}  // namespace
}  // namespace keraunos::cuda
