// The routines of LAPACK and BLAS that matrices.cpp calls, in both precisions. Matrices are stored by columns. Each answers
// LAPACK's info: 0, or more where the numbers do not allow what was asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

// Fortran passes the length of each text behind all other arguments.
extern "C" {
#define KERAUNOS_LAPACK(real, letter)                                                                                            \
  void letter##potrf_(const char*, const int*, real*, const int*, int*, size_t);                                                 \
  void letter##getrf_(const int*, const int*, real*, const int*, int*, int*);                                                    \
  void letter##getrs_(const char*, const int*, const int*, const real*, const int*, const int*, real*, const int*, int*,         \
                      size_t);                                                                                                   \
  void letter##getri_(const int*, real*, const int*, const int*, real*, const int*, int*);                                       \
  void letter##geqrf_(const int*, const int*, real*, const int*, real*, real*, const int*, int*);                                \
  void letter##orgqr_(const int*, const int*, const int*, real*, const int*, const real*, real*, const int*, int*);              \
  void letter##syevd_(const char*, const char*, const int*, real*, const int*, real*, real*, const int*, int*, const int*, int*, \
                      size_t, size_t);                                                                                           \
  void letter##gesdd_(const char*, const int*, const int*, real*, const int*, real*, real*, const int*, real*, const int*,       \
                      real*, const int*, int*, int*, size_t);                                                                    \
  void letter##trsm_(const char*, const char*, const char*, const char*, const int*, const int*, const real*, const real*,       \
                     const int*, real*, const int*, size_t, size_t, size_t, size_t);
KERAUNOS_LAPACK(float, s)
KERAUNOS_LAPACK(double, d)
#undef KERAUNOS_LAPACK
}

namespace keraunos::loader::lapack {

template <class T>
struct Routines;

template <>
struct Routines<float> {
  static constexpr auto potrf = spotrf_;
  static constexpr auto getrf = sgetrf_;
  static constexpr auto getrs = sgetrs_;
  static constexpr auto getri = sgetri_;
  static constexpr auto geqrf = sgeqrf_;
  static constexpr auto orgqr = sorgqr_;
  static constexpr auto syevd = ssyevd_;
  static constexpr auto gesdd = sgesdd_;
  static constexpr auto trsm = strsm_;
};

template <>
struct Routines<double> {
  static constexpr auto potrf = dpotrf_;
  static constexpr auto getrf = dgetrf_;
  static constexpr auto getrs = dgetrs_;
  static constexpr auto getri = dgetri_;
  static constexpr auto geqrf = dgeqrf_;
  static constexpr auto orgqr = dorgqr_;
  static constexpr auto syevd = dsyevd_;
  static constexpr auto gesdd = dgesdd_;
  static constexpr auto trsm = dtrsm_;
};

/// Calls call(memory, length) twice: with −1, to learn the length of the memory that a routine works in, and with that memory.
template <class T, class Call>
void with_work(const Call& call) {
  T wanted = 1;
  call(&wanted, -1);
  // The length may have been rounded down to a float.
  std::vector<T> work(static_cast<size_t>(std::max<double>(1, static_cast<double>(wanted) * (1 + 1e-6) + 1)));
  call(work.data(), static_cast<int>(work.size()));
}

}  // namespace keraunos::loader::lapack
