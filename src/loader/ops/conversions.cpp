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

}  // namespace keraunos::loader
