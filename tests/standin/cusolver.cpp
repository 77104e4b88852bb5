// cuSOLVER replaced at link time, behind the real header: each routine is LAPACK's of the same name, which runs when the
// scheduler selects it. On purpose, workspaces have odd lengths and are overwritten, what the manual calls destroyed is filled
// with NaN, the Cholesky factorisation does not notice NaN, and iterations do not end for matrices that are not finite.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/lapack/routines.h"
#include "standin/cudnn_handle.h"
#include "standin/solver_handle.h"

namespace standin {
namespace {

namespace lapack = keraunos::cpu::lapack;

constexpr int kExtraWorkspace = 17;  // of each workspace, besides what depends on the matrix

template <class T>
void spoil_elements(T* values, int64_t count) {
  for (int64_t i = 0; values != nullptr && i < count; ++i) values[i] = std::numeric_limits<T>::quiet_NaN();
}

/// Calls a routine of LAPACK twice: for the length of its workspace, and with that workspace.
template <class T, class Call>
void with_workspace(const Call& call) {
  T wanted = 1;
  call(&wanted, -1);
  std::vector<T> work(static_cast<size_t>(static_cast<double>(wanted) * (1 + 1e-6) + 1));
  call(work.data(), static_cast<int>(work.size()));
}

template <class T>
void require_finite(const T* a, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(a[i])) die("cuSOLVER iterates on a matrix that is not finite");
  }
}

const char* letter(cublasFillMode_t fill) { return fill == CUBLAS_FILL_MODE_UPPER ? "U" : "L"; }

template <class T>
void factor_definite(cublasFillMode_t fill, int n, T* a, int lda, int* info) {
  lapack::Routines<T>::potrf(letter(fill), &n, a, &lda, info, 1);
  if (*info > 0 && std::isnan(a[int64_t{*info - 1} * (lda + 1)])) *info = 0;
}

bool is_matrix(const void* a, int rows, int leading) { return a != nullptr && rows > 0 && leading >= rows; }

cusolverStatus_t answer(const SolverState* handle, int length, int* into) {
  const auto status = check_handle(handle);
  if (status == CUSOLVER_STATUS_SUCCESS) *into = length;
  return status;
}

int length_of(int rows, int columns) { return 3 * rows + 2 * columns + kExtraWorkspace; }

template <class T>
cusolverStatus_t potrf(cusolverDnHandle_t h, cublasFillMode_t fill, int n, T* a, int lda, T* work, int length, int* info) {
  if (!is_matrix(a, n, lda) || work == nullptr || length < length_of(n, n) || info == nullptr)
    return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    spoil_elements(work, length);
    factor_definite(fill, n, a, lda, info);
  };
  return enqueue_solver(h, "cusolverDnXpotrf", run, {},
                        {range_of(a, int64_t{n} * lda), range_of(work, length), range_of(info, 1)});
}

template <class T>
cusolverStatus_t potrf_batched(cusolverDnHandle_t h, cublasFillMode_t fill, int n, T** a, int lda, int* info, int batch) {
  if (!is_matrix(a, n, lda) || info == nullptr || batch < 1) return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    for (int i = 0; i < batch; ++i) factor_definite(fill, n, a[i], lda, info + i);
  };
  return enqueue_solver(h, "cusolverDnXpotrfBatched", run, {range_of(a, batch)}, {range_of(info, batch)});
}

template <class T>
cusolverStatus_t getrf(cusolverDnHandle_t h, int m, int n, T* a, int lda, T* work, int* swaps, int* info) {
  if (!is_matrix(a, m, lda) || work == nullptr || swaps == nullptr || info == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    spoil_elements(work, length_of(m, n));
    lapack::Routines<T>::getrf(&m, &n, a, &lda, swaps, info);
  };
  return enqueue_solver(
      h, "cusolverDnXgetrf", run, {},
      {range_of(a, int64_t{n} * lda), range_of(work, length_of(m, n)), range_of(swaps, std::min(m, n)), range_of(info, 1)});
}

template <class T>
cusolverStatus_t getrs(cusolverDnHandle_t h, cublasOperation_t form, int n, int columns, const T* a, int lda, const int* swaps,
                       T* b, int ldb, int* info) {
  if (!is_matrix(a, n, lda) || !is_matrix(b, n, ldb) || swaps == nullptr || info == nullptr) return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    lapack::Routines<T>::getrs(form == CUBLAS_OP_N ? "N" : "T", &n, &columns, a, &lda, swaps, b, &ldb, info, 1);
  };
  return enqueue_solver(h, "cusolverDnXgetrs", run, {range_of(a, int64_t{n} * lda), range_of(swaps, n)},
                        {range_of(b, int64_t{columns} * ldb), range_of(info, 1)});
}

template <class T>
cusolverStatus_t geqrf(cusolverDnHandle_t h, int m, int n, T* a, int lda, T* scales, T* work, int length, int* info) {
  if (!is_matrix(a, m, lda) || scales == nullptr || work == nullptr || length < length_of(m, n) || info == nullptr)
    return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    spoil_elements(work, length);
    with_workspace<T>(
        [&](T* own, int own_length) { lapack::Routines<T>::geqrf(&m, &n, a, &lda, scales, own, &own_length, info); });
  };
  return enqueue_solver(
      h, "cusolverDnXgeqrf", run, {},
      {range_of(a, int64_t{n} * lda), range_of(scales, std::min(m, n)), range_of(work, length), range_of(info, 1)});
}

template <class T>
cusolverStatus_t orgqr(cusolverDnHandle_t h, int m, int n, int k, T* a, int lda, const T* scales, T* work, int length,
                       int* info) {
  if (!is_matrix(a, m, lda) || m < n || n < k || scales == nullptr || work == nullptr || length < length_of(m, n) ||
      info == nullptr)
    return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    spoil_elements(work, length);
    with_workspace<T>(
        [&](T* own, int own_length) { lapack::Routines<T>::orgqr(&m, &n, &k, a, &lda, scales, own, &own_length, info); });
  };
  return enqueue_solver(h, "cusolverDnXorgqr", run, {range_of(scales, k)},
                        {range_of(a, int64_t{n} * lda), range_of(work, length), range_of(info, 1)});
}

template <class T>
void eigen(cusolverEigMode_t mode, cublasFillMode_t fill, int n, T* a, int lda, T* values, int* info) {
  require_finite(a, int64_t{n} * lda);
  const char* which = mode == CUSOLVER_EIG_MODE_VECTOR ? "V" : "N";
  std::vector<int> places(static_cast<size_t>(5 * n + 3));
  const int whole = static_cast<int>(places.size());
  with_workspace<T>([&](T* work, int length) {
    lapack::Routines<T>::syevd(which, letter(fill), &n, a, &lda, values, work, &length, places.data(), &whole, info, 1, 1);
  });
  if (mode == CUSOLVER_EIG_MODE_NOVECTOR) spoil_elements(a, int64_t{n} * lda);
}

template <class T>
cusolverStatus_t syevd(cusolverDnHandle_t h, cusolverEigMode_t mode, cublasFillMode_t fill, int n, T* a, int lda, T* values,
                       T* work, int length, int* info, int batch = 1) {
  if (!is_matrix(a, n, lda) || values == nullptr || work == nullptr || length < length_of(n, n) || info == nullptr || batch < 1)
    return CUSOLVER_STATUS_INVALID_VALUE;
  const auto run = [=] {
    spoil_elements(work, length);
    for (int64_t i = 0; i < batch; ++i) eigen(mode, fill, n, a + i * n * lda, lda, values + i * n, info + i);
  };
  return enqueue_solver(h, "cusolverDnXsyevd", run, {},
                        {range_of(a, int64_t{n} * lda * batch), range_of(values, int64_t{n} * batch), range_of(work, length),
                         range_of(info, batch)});
}

/// LAPACK's gesdd on a matrix that is destroyed.
template <class T>
void singular(const char* job, int m, int n, T* a, int lda, T* values, T* u, int ldu, T* vt, int ldvt, int* info) {
  require_finite(a, int64_t{n} * lda);
  std::vector<int> places(static_cast<size_t>(8 * std::min(m, n)));
  with_workspace<T>([&](T* work, int length) {
    lapack::Routines<T>::gesdd(job, &m, &n, a, &lda, values, u, &ldu, vt, &ldvt, work, &length, places.data(), info, 1);
  });
  spoil_elements(a, int64_t{n} * lda);
}

template <class T>
cusolverStatus_t gesvd(cusolverDnHandle_t h, signed char job_u, signed char job_vt, int m, int n, T* a, int lda, T* values, T* u,
                       int ldu, T* vt, int ldvt, T* work, int length, int* info) {
  const bool has_vectors = job_u != 'N';
  if (!is_matrix(a, m, lda) || m < n || job_u != job_vt || values == nullptr || work == nullptr || length < length_of(m, n) ||
      info == nullptr || (has_vectors && (!is_matrix(u, m, ldu) || !is_matrix(vt, n, ldvt))))
    return CUSOLVER_STATUS_INVALID_VALUE;
  const char job[] = {static_cast<char>(job_u), 0};
  const auto run = [=] {
    spoil_elements(work, length);
    singular(job, m, n, a, lda, values, u, std::max(ldu, 1), vt, std::max(ldvt, 1), info);
  };
  std::vector<Range> writes{range_of(a, int64_t{n} * lda), range_of(values, n), range_of(work, length), range_of(info, 1)};
  if (has_vectors) writes.push_back(range_of(u, int64_t{job_u == 'A' ? m : n} * ldu));
  if (has_vectors) writes.push_back(range_of(vt, int64_t{n} * ldvt));
  return enqueue_solver(h, "cusolverDnXgesvd", run, {}, std::move(writes));
}

/// All vectors of U, and V itself rather than its transpose.
template <class T>
cusolverStatus_t gesvdj_batched(cusolverDnHandle_t h, cusolverEigMode_t mode, int m, int n, T* a, int lda, T* values, T* u,
                                int ldu, T* v, int ldv, T* work, int length, int* info, gesvdjInfo_t parameters, int batch) {
  if (!is_matrix(a, m, lda) || m > 32 || n > 32 || n < 1 || values == nullptr || !is_matrix(u, m, ldu) || !is_matrix(v, n, ldv) ||
      work == nullptr || length < length_of(m, n) || info == nullptr || parameters == nullptr || batch < 1)
    return CUSOLVER_STATUS_INVALID_VALUE;
  const bool has_vectors = mode == CUSOLVER_EIG_MODE_VECTOR;
  const auto run = [=] {
    spoil_elements(work, length);
    std::vector<T> vt(static_cast<size_t>(n) * static_cast<size_t>(n));
    for (int64_t i = 0; i < batch; ++i) {
      T *const own_u = u + i * m * ldu, *const own_v = v + i * n * ldv;
      singular(has_vectors ? "A" : "N", m, n, a + i * n * lda, lda, values + i * std::min(m, n), own_u, ldu, vt.data(), n,
               info + i);
      for (int64_t row = 0; has_vectors && row < n; ++row) {
        for (int64_t column = 0; column < n; ++column) own_v[column * ldv + row] = vt[static_cast<size_t>(row * n + column)];
      }
    }
  };
  return enqueue_solver(h, "cusolverDnXgesvdjBatched", run, {},
                        {range_of(a, int64_t{n} * lda * batch), range_of(values, int64_t{std::min(m, n)} * batch),
                         range_of(u, int64_t{m} * ldu * batch), range_of(v, int64_t{n} * ldv * batch), range_of(work, length),
                         range_of(info, batch)});
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" {

#define STANDIN_SOLVER(S, T)                                                                                                     \
  cusolverStatus_t cusolverDn##S##potrf_bufferSize(cusolverDnHandle_t h, cublasFillMode_t, int n, T*, int, int* length) {        \
    return answer(h, length_of(n, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##potrf(cusolverDnHandle_t h, cublasFillMode_t fill, int n, T* a, int lda, T* work, int length,  \
                                        int* info) {                                                                             \
    return potrf(h, fill, n, a, lda, work, length, info);                                                                        \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##potrfBatched(cusolverDnHandle_t h, cublasFillMode_t fill, int n, T* a[], int lda, int* info,   \
                                               int batch) {                                                                      \
    return potrf_batched(h, fill, n, a, lda, info, batch);                                                                       \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##getrf_bufferSize(cusolverDnHandle_t h, int m, int n, T*, int, int* length) {                   \
    return answer(h, length_of(m, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##getrf(cusolverDnHandle_t h, int m, int n, T* a, int lda, T* work, int* swaps, int* info) {     \
    return getrf(h, m, n, a, lda, work, swaps, info);                                                                            \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##getrs(cusolverDnHandle_t h, cublasOperation_t form, int n, int columns, const T* a, int lda,   \
                                        const int* swaps, T* b, int ldb, int* info) {                                            \
    return getrs(h, form, n, columns, a, lda, swaps, b, ldb, info);                                                              \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##geqrf_bufferSize(cusolverDnHandle_t h, int m, int n, T*, int, int* length) {                   \
    return answer(h, length_of(m, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##geqrf(cusolverDnHandle_t h, int m, int n, T* a, int lda, T* scales, T* work, int length,       \
                                        int* info) {                                                                             \
    return geqrf(h, m, n, a, lda, scales, work, length, info);                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##orgqr_bufferSize(cusolverDnHandle_t h, int m, int n, int, const T*, int, const T*,             \
                                                   int* length) {                                                                \
    return answer(h, length_of(m, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##orgqr(cusolverDnHandle_t h, int m, int n, int k, T* a, int lda, const T* scales, T* work,      \
                                        int length, int* info) {                                                                 \
    return orgqr(h, m, n, k, a, lda, scales, work, length, info);                                                                \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##syevd_bufferSize(cusolverDnHandle_t h, cusolverEigMode_t, cublasFillMode_t, int n, const T*,   \
                                                   int, const T*, int* length) {                                                 \
    return answer(h, length_of(n, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##syevd(cusolverDnHandle_t h, cusolverEigMode_t mode, cublasFillMode_t fill, int n, T* a,        \
                                        int lda, T* values, T* work, int length, int* info) {                                    \
    return syevd(h, mode, fill, n, a, lda, values, work, length, info);                                                          \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##syevjBatched_bufferSize(cusolverDnHandle_t h, cusolverEigMode_t, cublasFillMode_t, int n,      \
                                                          const T*, int, const T*, int* length, syevjInfo_t, int) {              \
    return answer(h, length_of(n, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##syevjBatched(cusolverDnHandle_t h, cusolverEigMode_t mode, cublasFillMode_t fill, int n, T* a, \
                                               int lda, T* values, T* work, int length, int* info, syevjInfo_t, int batch) {     \
    return syevd(h, mode, fill, n, a, lda, values, work, length, info, batch);                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##gesvd_bufferSize(cusolverDnHandle_t h, int m, int n, int* length) {                            \
    return answer(h, length_of(m, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##gesvd(cusolverDnHandle_t h, signed char job_u, signed char job_vt, int m, int n, T* a,         \
                                        int lda, T* values, T* u, int ldu, T* vt, int ldvt, T* work, int length, T*,             \
                                        int* info) {                                                                             \
    return gesvd(h, job_u, job_vt, m, n, a, lda, values, u, ldu, vt, ldvt, work, length, info);                                  \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##gesvdjBatched_bufferSize(cusolverDnHandle_t h, cusolverEigMode_t, int m, int n, const T*, int, \
                                                           const T*, const T*, int, const T*, int, int* length, gesvdjInfo_t,    \
                                                           int) {                                                                \
    return answer(h, length_of(m, n), length);                                                                                   \
  }                                                                                                                              \
  cusolverStatus_t cusolverDn##S##gesvdjBatched(cusolverDnHandle_t h, cusolverEigMode_t mode, int m, int n, T* a, int lda,       \
                                                T* values, T* u, int ldu, T* v, int ldv, T* work, int length, int* info,         \
                                                gesvdjInfo_t parameters, int batch) {                                            \
    return gesvdj_batched(h, mode, m, n, a, lda, values, u, ldu, v, ldv, work, length, info, parameters, batch);                 \
  }

STANDIN_SOLVER(S, float)
STANDIN_SOLVER(D, double)

}  // extern "C"
