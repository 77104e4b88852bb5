// The functions of cuSOLVER and cuBLAS that linear algebra calls, found when the first plan needs them: with the libraries that
// they need in turn they take 450 MB, which other models do without.
#pragma once

#include <cublas_v2.h>
#include <cusolverDn.h>

namespace keraunos::cuda {

#define KERAUNOS_SOLVER_FUNCTIONS_OF(X, S)    \
  X(cusolverDn##S##potrf_bufferSize);         \
  X(cusolverDn##S##potrf);                    \
  X(cusolverDn##S##potrfBatched);             \
  X(cusolverDn##S##getrf_bufferSize);         \
  X(cusolverDn##S##getrf);                    \
  X(cusolverDn##S##getrs);                    \
  X(cusolverDn##S##geqrf_bufferSize);         \
  X(cusolverDn##S##geqrf);                    \
  X(cusolverDn##S##orgqr_bufferSize);         \
  X(cusolverDn##S##orgqr);                    \
  X(cusolverDn##S##syevd_bufferSize);         \
  X(cusolverDn##S##syevd);                    \
  X(cusolverDn##S##syevjBatched_bufferSize);  \
  X(cusolverDn##S##syevjBatched);             \
  X(cusolverDn##S##gesvd_bufferSize);         \
  X(cusolverDn##S##gesvd);                    \
  X(cusolverDn##S##gesvdjBatched_bufferSize); \
  X(cusolverDn##S##gesvdjBatched);            \
  X(cublas##S##trsm_v2);                      \
  X(cublas##S##trsmBatched);                  \
  X(cublas##S##getrfBatched);                 \
  X(cublas##S##getrsBatched)

/// X(name); for each of them.
#define KERAUNOS_SOLVER_FUNCTIONS(X)  \
  X(cusolverDnCreate);                \
  X(cusolverDnDestroy);               \
  X(cusolverDnSetStream);             \
  X(cusolverDnCreateSyevjInfo);       \
  X(cusolverDnDestroySyevjInfo);      \
  X(cusolverDnCreateGesvdjInfo);      \
  X(cusolverDnDestroyGesvdjInfo);     \
  X(cublasCreate_v2);                 \
  X(cublasDestroy_v2);                \
  X(cublasSetStream_v2);              \
  KERAUNOS_SOLVER_FUNCTIONS_OF(X, S); \
  KERAUNOS_SOLVER_FUNCTIONS_OF(X, D)

struct SolverFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declared name takes no parentheses
#define KERAUNOS_POINTER(name) decltype(&::name) name = nullptr
  KERAUNOS_SOLVER_FUNCTIONS(KERAUNOS_POINTER);
#undef KERAUNOS_POINTER
};

/// Defined in load.cpp; the tests without a GPU define their own. DeviceError that says what to install where a library or a
/// function is missing.
SolverFunctions load_solver();

/// The functions for one type.
template <class T>
struct Routines;

#define KERAUNOS_ROUTINES(T, S)                                                              \
  template <>                                                                                \
  struct Routines<T> {                                                                       \
    using Functions = SolverFunctions;                                                       \
    static constexpr auto potrf_size = &Functions::cusolverDn##S##potrf_bufferSize;          \
    static constexpr auto potrf = &Functions::cusolverDn##S##potrf;                          \
    static constexpr auto potrf_batched = &Functions::cusolverDn##S##potrfBatched;           \
    static constexpr auto getrf_size = &Functions::cusolverDn##S##getrf_bufferSize;          \
    static constexpr auto getrf = &Functions::cusolverDn##S##getrf;                          \
    static constexpr auto getrs = &Functions::cusolverDn##S##getrs;                          \
    static constexpr auto geqrf_size = &Functions::cusolverDn##S##geqrf_bufferSize;          \
    static constexpr auto geqrf = &Functions::cusolverDn##S##geqrf;                          \
    static constexpr auto orgqr_size = &Functions::cusolverDn##S##orgqr_bufferSize;          \
    static constexpr auto orgqr = &Functions::cusolverDn##S##orgqr;                          \
    static constexpr auto syevd_size = &Functions::cusolverDn##S##syevd_bufferSize;          \
    static constexpr auto syevd = &Functions::cusolverDn##S##syevd;                          \
    static constexpr auto syevj_size = &Functions::cusolverDn##S##syevjBatched_bufferSize;   \
    static constexpr auto syevj_batched = &Functions::cusolverDn##S##syevjBatched;           \
    static constexpr auto gesvd_size = &Functions::cusolverDn##S##gesvd_bufferSize;          \
    static constexpr auto gesvd = &Functions::cusolverDn##S##gesvd;                          \
    static constexpr auto gesvdj_size = &Functions::cusolverDn##S##gesvdjBatched_bufferSize; \
    static constexpr auto gesvdj_batched = &Functions::cusolverDn##S##gesvdjBatched;         \
    static constexpr auto trsm = &Functions::cublas##S##trsm_v2;                             \
    static constexpr auto trsm_batched = &Functions::cublas##S##trsmBatched;                 \
    static constexpr auto getrf_batched = &Functions::cublas##S##getrfBatched;               \
    static constexpr auto getrs_batched = &Functions::cublas##S##getrsBatched;               \
  };
KERAUNOS_ROUTINES(float, S)
KERAUNOS_ROUTINES(double, D)
#undef KERAUNOS_ROUTINES

}  // namespace keraunos::cuda
