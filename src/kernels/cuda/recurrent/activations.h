// The two activations of a cell. Both forms process several values at once, so that gates of a unit with the same function do not
// wait for each other.
#pragma once

#include "kernels/cuda/chain.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

/// Activations known at compile time; their immediates (hard_sigmoid's slope) may differ between layers.
template <Function kActivation, Function kRecurrentActivation>
class KnownActivations {
 public:
  explicit KERAUNOS_HD KnownActivations(const RecurrentShape& s)
      : immediate_(s.activation_immediate), recurrent_immediate_(s.recurrent_immediate) {}

  template <class C, int N>
  KERAUNOS_HD void activation(C (&x)[N]) const {
    apply<kActivation>(x, immediate_);
  }
  template <class C, int N>
  KERAUNOS_HD void recurrent_activation(C (&x)[N]) const {
    apply<kRecurrentActivation>(x, recurrent_immediate_);
  }

 private:
  template <Function kFunction, class C, int N>
  static KERAUNOS_HD void apply(C (&x)[N], double immediate) {
    for (int i = 0; i < N; ++i) x[i] = math::compute<kFunction>(x[i], x[i], immediate);
  }

  double immediate_, recurrent_immediate_;
};

template <class C, int N>
struct Values {
  C at[N];
};

/// Applies the function to every value. Not inlined: inlined for every gate, the table of functions makes the file compile for
/// minutes and takes registers from the weights.
template <class C, int N>
__device__ __attribute__((noinline)) Values<C, N> activated(Function f, double immediate, Values<C, N> x) {
  ChainFunctions::visit(f, [&]<Function kFunction>() {
    if constexpr (math::arity(kFunction) == 1) {
      for (int i = 0; i < N; ++i) x.at[i] = math::compute<kFunction>(x.at[i], x.at[i], immediate);
    }
  });
  return x;
}

/// Activations chosen at run time: any function of chains. With kTogether, values with one function share one call; separate
/// calls need the fewest registers.
template <bool kTogether>
class ChosenActivations {
 public:
  explicit KERAUNOS_HD ChosenActivations(const RecurrentShape& s)
      : immediate_(s.activation_immediate),
        recurrent_immediate_(s.recurrent_immediate),
        activation_(s.activation),
        recurrent_activation_(s.recurrent_activation) {}

  template <class C, int N>
  __device__ void activation(C (&x)[N]) const {
    apply(activation_, immediate_, x);
  }
  template <class C, int N>
  __device__ void recurrent_activation(C (&x)[N]) const {
    apply(recurrent_activation_, recurrent_immediate_, x);
  }

 private:
  template <class C, int N>
  static __device__ void apply(Function f, double immediate, C (&x)[N]) {
    constexpr int kEach = kTogether ? N : 1;
    for (int first = 0; first < N; first += kEach) {
      Values<C, kEach> values;
      for (int i = 0; i < kEach; ++i) values.at[i] = x[first + i];
      values = activated(f, immediate, values);
      for (int i = 0; i < kEach; ++i) x[first + i] = values.at[i];
    }
  }

  double immediate_, recurrent_immediate_;
  Function activation_, recurrent_activation_;
};

}  // namespace keraunos::cuda
