// Complex numbers: the operations that make them of real ones, and what others do with them.
#include "loader/ops/complex_rules.h"

namespace keraunos::loader {
namespace {
namespace complex_bodies {

using How = ComplexRule::How;

std::vector<Value> pair(OperationCall& call) {
  Lowering& l = call.l;
  const auto [real, imaginary] = call.operands();
  if (!is_floating(l.dtype(real))) l.refuse("makes complex numbers of the dtype " + std::string(name_of(l.dtype(real))));
  const Shape both = l.shape(l.add(real, imaginary));
  return {complex_value(l, {l.broadcast_to(real, both), l.broadcast_to(imaginary, both)})};
}

std::vector<Value> polar(OperationCall& call) {
  const auto [length, angle] = call.operands();
  return {complex_value(call.l, {call.l.multiply(length, call.l.unary(Function::cos, angle)),
                                 call.l.multiply(length, call.l.unary(Function::sin, angle))})};
}

std::vector<Value> as_real(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  const Value parts[] = {call.l.expand_dims(x.real, -1), call.l.expand_dims(imaginary_of(call.l, x), -1)};
  return {call.l.concatenate(parts, -1)};
}

// The larger part times √(1 + (smaller / larger)²), so that no square overflows or vanishes.
std::vector<Value> length(OperationCall& call) {
  Lowering& l = call.l;
  const Complex x = complex_operand(call, 0);
  const Value a = l.unary(Function::abs, x.real);
  if (!x.imaginary) return {a};
  const Value b = l.unary(Function::abs, x.imaginary);
  const Value larger = l.binary(Function::maximum, a, b), smaller = l.binary(Function::minimum, a, b);
  const Value is_zero = l.binary(Function::equal, larger, l.scalar(0, l.dtype(larger)));
  const Value ratio = l.divide(smaller, l.select(is_zero, l.scalar(1, l.dtype(larger)), larger));
  return {l.multiply(larger, l.unary(Function::sqrt, l.add(l.multiply(ratio, ratio), 1)))};
}

std::vector<Value> angle(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  return {call.l.binary(Function::atan2, imaginary_of(call.l, x), x.real)};
}

std::vector<Value> real_part(OperationCall& call) { return {complex_operand(call, 0).real}; }
std::vector<Value> imaginary_part(OperationCall& call) { return {imaginary_of(call.l, complex_operand(call, 0))}; }

std::vector<Value> conjugate(OperationCall& call) {
  Complex x = complex_operand(call, 0);
  if (x.imaginary) x.imaginary = call.l.unary(Function::negate, x.imaginary);
  return {complex_value(call.l, x)};
}

// A Python number takes the dtype of the other operand.
std::pair<Complex, Complex> two_operands(OperationCall& call) {
  const bool number_first = call.find(0) != nullptr && call.find(0)->tensor() == nullptr;
  const Complex one = complex_operand(call, number_first ? 1 : 0);
  const Complex other = complex_operand(call, number_first ? 0 : 1, call.l.dtype(one.real));
  if (call.l.dtype(one.real) != call.l.dtype(other.real)) call.l.refuse("is given complex numbers of two dtypes");
  return number_first ? std::pair(other, one) : std::pair(one, other);
}

template <Function combine>
std::vector<Value> sum(OperationCall& call) {
  Lowering& l = call.l;
  const auto [a, b] = two_operands(call);
  const Value real = l.binary(combine, a.real, b.real);
  if (!a.imaginary && !b.imaginary) return {complex_value(l, {real, {}})};
  return {complex_value(l, {real, l.binary(combine, imaginary_of(l, a), imaginary_of(l, b))})};
}

Complex product(Lowering& l, Complex a, Complex b) {
  const Value c = imaginary_of(l, a), d = imaginary_of(l, b);
  return {l.subtract(l.multiply(a.real, b.real), l.multiply(c, d)), l.add(l.multiply(a.real, d), l.multiply(c, b.real))};
}

// Smith's formula: no square of the divisor, which might overflow.
Complex quotient(Lowering& l, Complex a, Complex b) {
  if (!b.imaginary) return {l.divide(a.real, b.real), a.imaginary ? l.divide(a.imaginary, b.real) : Value{}};
  const Value first = l.unary(Function::abs, b.real), second = l.unary(Function::abs, b.imaginary);
  const Value by_real = l.binary(Function::greater_equal, first, second);
  const Value larger = l.select(by_real, b.real, b.imaginary), smaller = l.select(by_real, b.imaginary, b.real);
  const Value ratio = l.divide(smaller, larger), divisor = l.add(larger, l.multiply(smaller, ratio));
  const Value c = imaginary_of(l, a);
  const auto turned = [&](Value x, Value y) {  // x + y·ratio, or x·ratio + y
    return l.select(by_real, l.add(x, l.multiply(y, ratio)), l.add(l.multiply(x, ratio), y));
  };
  return {l.divide(turned(a.real, c), divisor), l.divide(turned(c, l.unary(Function::negate, a.real)), divisor)};
}

std::vector<Value> division(OperationCall& call) {
  const auto [a, b] = two_operands(call);
  return {complex_value(call.l, quotient(call.l, a, b))};
}

std::vector<Value> square(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  return {complex_value(call.l, product(call.l, x, x))};
}

std::vector<Value> reciprocal(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  const Value one = call.l.broadcast_to(call.l.scalar(1, call.l.dtype(x.real)), call.l.shape(x.real));
  return {complex_value(call.l, quotient(call.l, {one, {}}, x))};
}

std::vector<Value> exponential(OperationCall& call) {
  Lowering& l = call.l;
  const Complex x = complex_operand(call, 0);
  const Value length = l.unary(Function::exp, x.real), turn = imaginary_of(l, x);
  return {complex_value(l, {l.multiply(length, l.unary(Function::cos, turn)), l.multiply(length, l.unary(Function::sin, turn))})};
}

// A real result is the real part.
std::vector<Value> cast(OperationCall& call) {
  Lowering& l = call.l;
  const Complex x = complex_operand(call, 0);
  const auto name = call.text(1);
  const bool single = name == "complex64", wide = name == "complex128";
  if (!single && !wide) return {l.cast(x.real, call.dtype(1).value_or(l.dtype(x.real)))};
  const DType type = wide ? DType::float64 : DType::float32;
  return {complex_value(l, {l.cast(x.real, type), x.imaginary ? l.cast(x.imaginary, type) : Value{}})};
}

const std::vector<ComplexRule>& rules() {
  static const std::vector<ComplexRule> rules{
      {{"concat",
        "stack",
        "unstack",
        "split",
        "reshape",
        "transpose",
        "compat.v1.transpose",
        "expand_dims",
        "squeeze",
        "slice",
        "strided_slice",
        "__operators__.getitem",
        "gather",
        "tile",
        "roll",
        "reverse",
        "broadcast_to",
        "identity",
        "math.negative",
        "math.add_n",
        "math.reduce_sum",
        "math.reduce_mean",
        "math.cumsum",
        "Concatenate",
        "Stack",
        "Reshape",
        "Transpose",
        "GetItem",
        "Sum",
        "signal.fftshift",
        "signal.ifftshift",
        "raw_ops.StridedSlice",
        "raw_ops.Slice",
        "raw_ops.Squeeze"}},
      {{"math.multiply", "linalg.matmul"}, How::bilinear},
      {{"shape", "rank", "size"}, How::shape},
      {{"math.abs"}, How::own, length},
      {{"math.angle", "Angle"}, How::own, angle},
      {{"math.real", "Real"}, How::own, real_part},
      {{"math.imag", "Imag"}, How::own, imaginary_part},
      {{"math.conj", "Conj", "Conjugate"}, How::own, conjugate},
      {{"math.add"}, How::own, sum<Function::add>},
      {{"math.subtract"}, How::own, sum<Function::subtract>},
      {{"math.truediv", "math.divide"}, How::own, division},
      {{"math.square"}, How::own, square},
      {{"math.reciprocal"}, How::own, reciprocal},
      {{"math.exp"}, How::own, exponential},
      {{"cast"}, How::own, cast},
      {{"ViewAsReal", "signal.fft", "signal.ifft", "signal.fft2d", "signal.ifft2d", "signal.irfft", "signal.irfft2d",
        "signal.inverse_stft"},
       How::itself},
  };
  return rules;
}

std::vector<Operation> operations() {
  return {
      {{}, {"dtypes.complex"}, {"real", "imag"}, pair},
      {{"Polar"}, {}, {"abs_|abs", "angle"}, polar, 2},
      {{"ViewAsReal"}, {}, {"x"}, as_real},
  };
}

}  // namespace complex_bodies
}  // namespace

const std::vector<ComplexRule>& complex_rules() { return complex_bodies::rules(); }
std::vector<Operation> complex_numbers_operations() { return complex_bodies::operations(); }

}  // namespace keraunos::loader
