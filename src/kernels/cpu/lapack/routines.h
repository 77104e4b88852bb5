// The routines of LAPACK and BLAS that matrix.h calls, in both precisions. Matrices are stored by columns. Each returns
// LAPACK's info: 0, or a positive number where the matrix does not allow the operation.
#pragma once

#include <cstddef>

namespace keraunos::cpu::lapack {

// Fortran passes the length of each text after all other arguments.
using Text = const char*;
using In = const int*;

template <class T>
using Potrf = void(Text, In, T*, In, int*, size_t);
template <class T>
using Getrf = void(In, In, T*, In, int*, int*);
template <class T>
using Getrs = void(Text, In, In, const T*, In, In, T*, In, int*, size_t);
template <class T>
using Getri = void(In, T*, In, In, T*, In, int*);
template <class T>
using Geqrf = void(In, In, T*, In, T*, T*, In, int*);
template <class T>
using Orgqr = void(In, In, In, T*, In, const T*, T*, In, int*);
template <class T>
using Syevd = void(Text, Text, In, T*, In, T*, T*, In, int*, In, int*, size_t, size_t);
template <class T>
using Gesdd = void(Text, In, In, T*, In, T*, T*, In, T*, In, T*, In, int*, int*, size_t);
template <class T>
using Trsm = void(Text, Text, Text, Text, In, In, const T*, const T*, In, T*, In, size_t, size_t, size_t, size_t);

extern "C" {
Potrf<float> spotrf_;
Getrf<float> sgetrf_;
Getrs<float> sgetrs_;
Getri<float> sgetri_;
Geqrf<float> sgeqrf_;
Orgqr<float> sorgqr_;
Syevd<float> ssyevd_;
Gesdd<float> sgesdd_;
Trsm<float> strsm_;
Potrf<double> dpotrf_;
Getrf<double> dgetrf_;
Getrs<double> dgetrs_;
Getri<double> dgetri_;
Geqrf<double> dgeqrf_;
Orgqr<double> dorgqr_;
Syevd<double> dsyevd_;
Gesdd<double> dgesdd_;
Trsm<double> dtrsm_;
}

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

}  // namespace keraunos::cpu::lapack
