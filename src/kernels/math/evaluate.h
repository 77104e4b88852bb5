// Evaluates a pointwise program for one element. `evaluate` interprets a program given as data (host, fallback kernel, stand-in);
// `evaluate_fixed` takes it as a template argument, and the compiler leaves only its arithmetic (NVRTC).
#pragma once

#include "kernels/math/code.h"

namespace keraunos::math {

template <class T>
KERAUNOS_HD T& lane(Word& word) {
  if constexpr (kSame<T, float>)
    return word.single;
  else if constexpr (kSame<T, double>)
    return word.real;
  else
    return word.integer;
}

/// Rounds a register to its type.
KERAUNOS_HD void settle(Word& word, DType type) {
  const Lane place = lane_of(type);
  if (place == Lane::integer) word.integer = wrap(word.integer, type);
  if (place == Lane::single) word.single = round_to(word.single, type);
}

KERAUNOS_HD Word convert(Word from, DType source, DType target) {
  const Lane have = lane_of(source), want = lane_of(target);
  Word to = from;
  if (target == DType::boolean) {
    to.integer = have == Lane::single ? from.single != 0 : have == Lane::real ? from.real != 0 : from.integer != 0;
    return to;
  }
  if (want == Lane::single && have == Lane::real) to.single = static_cast<float>(from.real);
  if (want == Lane::single && have == Lane::integer) to.single = static_cast<float>(from.integer);
  if (want == Lane::real && have == Lane::single) to.real = static_cast<double>(from.single);
  if (want == Lane::real && have == Lane::integer) to.real = static_cast<double>(from.integer);
  if (want == Lane::integer && have == Lane::single) to.integer = to_integer(from.single);
  if (want == Lane::integer && have == Lane::real) to.integer = to_integer(from.real);
  settle(to, target);
  return to;
}

template <Function F, class T>
KERAUNOS_HD Word apply_as(Word a, Word b, double immediate) {
  Word result{};
  const auto value = compute<F>(lane<T>(a), lane<T>(b), immediate);
  if constexpr (is_predicate(F))
    result.integer = value;
  else
    lane<T>(result) = value;
  return result;
}

template <Function F>
KERAUNOS_HD Word apply_in(Lane place, Word a, Word b, double immediate) {
  if (place == Lane::single) return apply_as<F, float>(a, b, immediate);
  if (place == Lane::real) return apply_as<F, double>(a, b, immediate);
  return apply_as<F, int64_t>(a, b, immediate);
}

/// Finds the function by binary search: seven comparisons.
template <int Low, int High>
KERAUNOS_HD Word dispatch(Function function, Lane place, Word a, Word b, double immediate) {
  if constexpr (Low + 1 == High) {
    constexpr auto kFunction = static_cast<Function>(Low);
    if constexpr (kFunction == Function::cast || kFunction == Function::select)
      return a;  // not reached: run_step() computes these
    else
      return apply_in<kFunction>(place, a, b, immediate);
  } else {
    constexpr int kMiddle = (Low + High) / 2;
    if (static_cast<int>(function) < kMiddle) return dispatch<Low, kMiddle>(function, place, a, b, immediate);
    return dispatch<kMiddle, High>(function, place, a, b, immediate);
  }
}

KERAUNOS_HD Word constant_word(double immediate, DType type) {
  Word word{};
  word.real = immediate;
  return convert(word, DType::float64, type);
}

/// The result of one step; `r` are the registers before it.
KERAUNOS_HD Word run_step(const Code& code, int index, const Word* r) {
  const CodeStep step = code.step[index];
  const DType type = code.types[code.inputs + index];
  if (step.function == Function::constant) return constant_word(step.immediate, type);
  if (step.function == Function::cast) return convert(r[step.a], code.types[step.a], type);
  if (step.function == Function::select) return r[step.a].integer != 0 ? r[step.b] : r[step.c];
  constexpr int kFirst = static_cast<int>(Function::copy);
  Word result = dispatch<kFirst, kFunctions>(step.function, lane_of(code.types[step.a]), r[step.a], r[step.b], step.immediate);
  settle(result, type);
  return result;
}

/// `load(i)` returns operand i of this element.
template <class Load>
KERAUNOS_HD Word evaluate(const Code& code, Load load) {
  Word registers[Code::kRegisters];
  for (int i = 0; i < code.inputs; ++i) registers[i] = load(i);
  for (int i = 0; i < code.steps; ++i) registers[code.inputs + i] = run_step(code, i, registers);
  return registers[code.inputs + code.steps - 1];
}

/// Step `I` of a compile-time program.
template <const Code& C, int I>
KERAUNOS_HD void run_fixed(Word* r) {
  if constexpr (I < C.steps) {
    constexpr CodeStep kStep = C.step[I];
    constexpr DType kType = C.types[C.inputs + I];
    Word& result = r[C.inputs + I];
    if constexpr (kStep.function == Function::constant)
      result = constant_word(kStep.immediate, kType);
    else if constexpr (kStep.function == Function::cast)
      result = convert(r[kStep.a], C.types[kStep.a], kType);
    else if constexpr (kStep.function == Function::select)
      result = r[kStep.a].integer != 0 ? r[kStep.b] : r[kStep.c];
    else {
      result = apply_in<kStep.function>(lane_of(C.types[kStep.a]), r[kStep.a], r[kStep.b], kStep.immediate);
      settle(result, kType);
    }
    run_fixed<C, I + 1>(r);
  }
}

template <const Code& C, class Load>
KERAUNOS_HD Word evaluate_fixed(Load load) {
  Word registers[C.inputs + C.steps];
  for (int i = 0; i < C.inputs; ++i) registers[i] = load(i);
  run_fixed<C, 0>(registers);
  return registers[C.inputs + C.steps - 1];
}

}  // namespace keraunos::math
