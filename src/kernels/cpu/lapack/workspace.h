// The memory that LAPACK's calls for one matrix need. Its size is found when a step is made, because a step must not allocate.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "host/ops/linear_algebra.h"
#include "kernels/cpu/lapack/routines.h"
#include "kernels/cpu/memory.h"

namespace keraunos::cpu::lapack {

/// Parts of a step's workspace for one matrix.
template <class T>
struct Workspace {
  T *a = nullptr, *right = nullptr, *scales = nullptr, *work = nullptr;  // copies of x and y, scales of reflections
  int* places = nullptr;
  int length = 0, places_length = 0;  // of work and places
};

template <class T>
class WorkspaceSizes {
 public:
  WorkspaceSizes(host::LinearAlgebra::Task task, const host::MatrixShape& shape) : m_(shape.m), n_(shape.n), k_(shape.k()) {
    a_ = shape.elements(), places_ = std::max(n_, 1);
    right_ = int64_t{n_} * shape.columns;
    if (!shape.is_empty()) ask_for(task);
  }

  int64_t bytes() const {
    const auto size = static_cast<int64_t>(sizeof(T));
    return aligned(a_ * size) + aligned(right_ * size) + aligned(k_ * size) + aligned(work_ * size) +
           aligned(places_ * static_cast<int64_t>(sizeof(int)));
  }

  Workspace<T> in(void* memory) const {
    auto* base = static_cast<std::byte*>(memory);
    const auto take = [&](int64_t count) { return reinterpret_cast<T*>(carve(base, count * static_cast<int64_t>(sizeof(T)))); };
    Workspace<T> own{.a = take(a_), .right = take(right_), .scales = take(k_), .work = take(work_)};
    own.places = reinterpret_cast<int*>(carve(base, places_ * static_cast<int64_t>(sizeof(int))));
    own.length = work_, own.places_length = places_;
    return own;
  }

 private:
  void ask_for(host::LinearAlgebra::Task task) {
    using enum host::LinearAlgebra::Task;
    if (task == orthogonal) of_reflections(k_);
    if (task == orthogonal_full) of_reflections(m_);
    if (task == eigenvalues) of_eigenvalues("N");
    if (task == eigenvectors) of_eigenvalues("V");
    if (task == singular_values) of_singular_values("N", k_);
    if (task == singular_vectors) of_singular_values("S", k_);
    if (task == singular_vectors_full) of_singular_values("A", m_);
    if (task == inverse)
      keep([&](T* work, int length, int* info) { Routines<T>::getri(&n_, work, &n_, &places_, work, &length, info); });
  }

  // Asks for the length of the workspace, which LAPACK may have rounded down to a float.
  template <class Ask>
  void keep(const Ask& ask) {
    T wanted = 1;
    int info = 0;
    ask(&wanted, -1, &info);
    work_ = std::max(work_, static_cast<int>(static_cast<double>(wanted) * (1 + 1e-6) + 1));
  }

  void of_reflections(int columns) {
    a_ = int64_t{m_} * std::max(columns, n_);
    keep([&](T* work, int length, int* info) { Routines<T>::geqrf(&m_, &n_, work, &m_, work, work, &length, info); });
    keep([&](T* work, int length, int* info) { Routines<T>::orgqr(&m_, &columns, &k_, work, &m_, work, work, &length, info); });
  }

  void of_eigenvalues(const char* vectors) {
    int whole = 0;
    const int unknown = -1;
    keep([&](T* work, int length, int* info) {
      Routines<T>::syevd(vectors, "U", &n_, work, &n_, work, work, &length, &whole, &unknown, info, 1, 1);
    });
    places_ = std::max(whole, 1);
  }

  void of_singular_values(const char* vectors, int width) {
    places_ = std::max(8 * k_, 1);
    keep([&](T* work, int length, int* info) {
      Routines<T>::gesdd(vectors, &n_, &m_, work, &n_, work, work, &n_, work, &width, work, &length, &places_, info, 1);
    });
  }

  int m_, n_, k_;
  int64_t a_ = 0, right_ = 0;
  int work_ = 1, places_ = 1;
};

}  // namespace keraunos::cpu::lapack
