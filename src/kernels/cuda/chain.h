// A chain is a pointwise program that passes one value from step to step: y = f(x), y + operand, y · 0.5, … Most programs are
// chains (bias and activation, scale and shift). A kernel keeps the value in a machine register and needs no array of registers.
#pragma once

#include <utility>

#include "keraunos/dtype.h"
#include "kernels/cuda/elements.h"
#include "kernels/math/functions.h"
#include "kernels/math/strides.h"

namespace keraunos::cuda {

/// One step: value = function(value, other), or function(other, value) when swapped.
struct ChainLink {
  double immediate = 0;  ///< the function's parameter, or the other operand when `operand` is −1
  Function function = Function::copy;
  int8_t operand = -1;  ///< index among the operands
  bool swapped = false;
  DType type = DType::float32;  ///< of the result
};

struct Chain {
  static constexpr int kMaxLinks = 12;
  int32_t links = 0;
  ChainLink link[kMaxLinks] = {};
};

/// Memory of a chain's operands, and their strides under the result. Operand 0 is the chain's initial value.
struct ChainOperands {
  const void* at[math::kMaxOperands] = {};
};

/// A set of functions; a kernel compares them one after the other.
template <Function... kFunction>
struct FunctionSet {
  static constexpr bool has(Function f) { return ((f == kFunction) || ...); }
  /// Calls work.operator()<f>(); does nothing if f is not in the set.
  template <class Work>
  static KERAUNOS_HD void visit(Function f, Work&& work) {
    static_cast<void>(((f == kFunction ? (work.template operator()<kFunction>(), true) : false) || ...));
  }
  template <class C>
  static KERAUNOS_HD C apply(Function f, C a, C b, double immediate) {
    C result = a;
    visit(f, [&]<Function kOne>() { result = math::compute<kOne>(a, b, immediate); });
    return result;
  }
};
template <size_t... kPlace>
FunctionSet<host::kChainFunctions[kPlace]...> chain_functions(std::index_sequence<kPlace...>);
/// The functions with a chain_place in the table.
using ChainFunctions = decltype(chain_functions(std::make_index_sequence<host::kChainFunctionCount>()));

/// The functions of chains of integers, booleans and several types: ids and masks. A cast may be a link as well.
using MixedChainFunctions = FunctionSet<Function::not_equal, Function::equal, Function::less, Function::less_equal,
                                        Function::greater, Function::greater_equal, Function::logical_and, Function::logical_or,
                                        Function::logical_not, Function::logical_xor, Function::copy, Function::add,
                                        Function::subtract, Function::multiply, Function::minimum, Function::maximum>;

/// The operands' types in a chain of several types.
struct OperandTypes {
  DType at[math::kMaxOperands] = {};
};

}  // namespace keraunos::cuda
