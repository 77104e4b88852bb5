// The routines of cuBLAS for triangular systems and batches of LU factors, replaced at link time by BLAS and LAPACK. Lists of
// addresses are read when the scheduler selects the call, as on a GPU.
#include "kernels/cpu/lapack/routines.h"
#include "standin/solver_handle.h"

namespace standin {
namespace {

namespace lapack = keraunos::cpu::lapack;

struct TriangularForm {
  cublasSideMode_t side;
  cublasFillMode_t fill;
  cublasOperation_t form;
  cublasDiagType_t diagonal;
  int m, n;
};

template <class T>
void solve(const TriangularForm& f, T alpha, const T* a, int lda, T* b, int ldb) {
  lapack::Routines<T>::trsm(f.side == CUBLAS_SIDE_LEFT ? "L" : "R", f.fill == CUBLAS_FILL_MODE_UPPER ? "U" : "L",
                            f.form == CUBLAS_OP_N ? "N" : "T", f.diagonal == CUBLAS_DIAG_UNIT ? "U" : "N", &f.m, &f.n, &alpha, a,
                            &lda, b, &ldb, 1, 1, 1, 1);
}

cublasStatus_t as_blas(cusolverStatus_t status) {
  if (status == CUSOLVER_STATUS_SUCCESS) return CUBLAS_STATUS_SUCCESS;
  return status == CUSOLVER_STATUS_NOT_INITIALIZED ? CUBLAS_STATUS_NOT_INITIALIZED
         : status == CUSOLVER_STATUS_ALLOC_FAILED  ? CUBLAS_STATUS_ALLOC_FAILED
                                                   : CUBLAS_STATUS_EXECUTION_FAILED;
}

bool is_valid(const TriangularForm& f, const void* a, int lda, const void* b, int ldb) {
  return a != nullptr && b != nullptr && f.m > 0 && f.n > 0 && lda >= (f.side == CUBLAS_SIDE_LEFT ? f.m : f.n) && ldb >= f.m;
}

template <class T>
cublasStatus_t trsm(cublasHandle_t h, const TriangularForm& f, const T* alpha, const T* a, int lda, T* b, int ldb) {
  if (!is_valid(f, a, lda, b, ldb)) return CUBLAS_STATUS_INVALID_VALUE;
  const auto run = [f, factor = *alpha, a, lda, b, ldb] { solve(f, factor, a, lda, b, ldb); };
  const int order = f.side == CUBLAS_SIDE_LEFT ? f.m : f.n;
  return as_blas(enqueue_solver(h, "cublasXtrsm", run, {range_of(a, int64_t{order} * lda)}, {range_of(b, int64_t{f.n} * ldb)}));
}

template <class T>
cublasStatus_t trsm_batched(cublasHandle_t h, const TriangularForm& f, const T* alpha, const T* const* a, int lda, T* const* b,
                            int ldb, int batch) {
  if (!is_valid(f, a, lda, b, ldb) || batch < 1) return CUBLAS_STATUS_INVALID_VALUE;
  const auto run = [=, factor = *alpha] {
    for (int i = 0; i < batch; ++i) solve(f, factor, a[i], lda, b[i], ldb);
  };
  return as_blas(enqueue_solver(h, "cublasXtrsmBatched", run, {range_of(a, batch), range_of(b, batch)}, {}));
}

template <class T>
cublasStatus_t getrf_batched(cublasHandle_t h, int n, T* const* a, int lda, int* swaps, int* info, int batch) {
  if (a == nullptr || n < 1 || lda < n || info == nullptr || swaps == nullptr || batch < 1) return CUBLAS_STATUS_INVALID_VALUE;
  const auto run = [=] {
    for (int64_t i = 0; i < batch; ++i) lapack::Routines<T>::getrf(&n, &n, a[i], &lda, swaps + i * n, info + i);
  };
  return as_blas(enqueue_solver(h, "cublasXgetrfBatched", run, {range_of(a, batch)},
                                {range_of(swaps, int64_t{n} * batch), range_of(info, batch)}));
}

template <class T>
cublasStatus_t getrs_batched(cublasHandle_t h, cublasOperation_t form, int n, int columns, const T* const* a, int lda,
                             const int* swaps, T* const* b, int ldb, int* info, int batch) {
  *info = 0;
  if (a == nullptr || b == nullptr || n < 1 || columns < 1 || lda < n || ldb < n || swaps == nullptr || batch < 1)
    return CUBLAS_STATUS_INVALID_VALUE;
  const auto run = [=] {
    int wrong = 0;
    const char* which = form == CUBLAS_OP_N ? "N" : "T";
    for (int64_t i = 0; i < batch; ++i)
      lapack::Routines<T>::getrs(which, &n, &columns, a[i], &lda, swaps + i * n, b[i], &ldb, &wrong, 1);
  };
  return as_blas(enqueue_solver(h, "cublasXgetrsBatched", run,
                                {range_of(a, batch), range_of(b, batch), range_of(swaps, int64_t{n} * batch)}, {}));
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" {

#define STANDIN_BLAS(S, T)                                                                                                      \
  cublasStatus_t cublas##S##trsm_v2(cublasHandle_t h, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t form,     \
                                    cublasDiagType_t diagonal, int m, int n, const T* alpha, const T* a, int lda, T* b,         \
                                    int ldb) {                                                                                  \
    return trsm(h, {side, fill, form, diagonal, m, n}, alpha, a, lda, b, ldb);                                                  \
  }                                                                                                                             \
  cublasStatus_t cublas##S##trsmBatched(cublasHandle_t h, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t form, \
                                        cublasDiagType_t diagonal, int m, int n, const T* alpha, const T* const a[], int lda,   \
                                        T* const b[], int ldb, int batch) {                                                     \
    return trsm_batched(h, {side, fill, form, diagonal, m, n}, alpha, a, lda, b, ldb, batch);                                   \
  }                                                                                                                             \
  cublasStatus_t cublas##S##getrfBatched(cublasHandle_t h, int n, T* const a[], int lda, int* swaps, int* info, int batch) {    \
    return getrf_batched(h, n, a, lda, swaps, info, batch);                                                                     \
  }                                                                                                                             \
  cublasStatus_t cublas##S##getrsBatched(cublasHandle_t h, cublasOperation_t form, int n, int columns, const T* const a[],      \
                                         int lda, const int* swaps, T* const b[], int ldb, int* info, int batch) {              \
    return getrs_batched(h, form, n, columns, a, lda, swaps, b, ldb, info, batch);                                              \
  }

STANDIN_BLAS(S, float)
STANDIN_BLAS(D, double)

}  // extern "C"
