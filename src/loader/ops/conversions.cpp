#include "loader/ops/conversions.h"

#include "host/graph/extent.h"

namespace keraunos::loader {

std::vector<Operation> conversions_operations() { return {}; }

Value as_float(OperationCall& call, Value x) { return is_floating(call.l.dtype(x)) ? x : call.l.cast(x, DType::float32); }

Value widened(OperationCall& call, Value x) {
  const DType type = call.l.dtype(x);
  return is_floating(type) && size_of(type) == 2 ? call.l.cast(x, DType::float32) : x;
}

Value flattened(OperationCall& call, Value x) { return call.l.reshape(x, {host::product_of(call.l.shape(x))}); }

Value number_like(OperationCall& call, double value, Value x) { return call.l.scalar(value, call.l.dtype(x)); }

double largest_number(DType type) {
  switch (type) {
    case DType::float16: return 65504;
    case DType::bfloat16: return 0x1.fep127;
    case DType::float64: return std::numeric_limits<double>::max();
    default: return std::numeric_limits<float>::max();
  }
}

Value with_numbers(OperationCall& call, Value x, const Numbers& instead) {
  if (!is_floating(call.l.dtype(x))) return x;
  const auto replaced = [&](double value, double by) {
    x = call.l.select(call.l.binary(Function::equal, x, number_like(call, value, x)), number_like(call, by, x), x);
  };
  x = call.l.select(call.l.unary(Function::is_nan, x), number_like(call, instead.nan, x), x);
  replaced(kInfinity, instead.high), replaced(-kInfinity, instead.low);
  return x;
}

}  // namespace keraunos::loader
