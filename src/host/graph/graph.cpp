#include "host/graph/graph.h"

#include "host/graph/extent.h"
#include "keraunos/error.h"

namespace keraunos::host {

Value Graph::add_value(ValueInfo info) {
  checked_elements(info.shape, info.dtype);
  values.push_back(std::move(info));
  return {static_cast<int>(values.size()) - 1};
}

Value Graph::add_constant(std::shared_ptr<const Tensor> tensor) {
  ValueInfo info{.shape = shape_of(tensor->dims()), .dtype = tensor->dtype()};
  info.constant = std::move(tensor);
  return add_value(std::move(info));
}

Value Graph::add_complex(Complex parts) {
  const Value pair = add_value({.shape = info(parts.real).shape, .dtype = info(parts.real).dtype});
  complex.emplace(pair.id, parts);
  return pair;
}

const Complex* Graph::complex_of(Value v) const {
  const auto found = complex.find(v.id);
  return found == complex.end() ? nullptr : &found->second;
}

void Graph::end_complex() {
  for (const Value output : outputs) {
    if (complex_of(output) != nullptr)
      throw UsageError("a result of type complex64 or complex128 is not supported; give its tf.math.real and tf.math.imag");
  }
  complex.clear();
}

std::vector<Value> Graph::add(Op op, std::vector<Value> in, Types results) {
  for (const Value operand : in) {
    if (complex_of(operand) != nullptr)
      throw UsageError("complex numbers are given to an operation that is supported for real ones only");
  }
  Node node{.op = std::move(op), .in = std::move(in), .out = {}, .origin = origin, .place = Place::device};
  for (ValueInfo& info : results) node.out.push_back(add_value(std::move(info)));
  nodes.push_back(std::move(node));
  return nodes.back().out;
}

Dims dims_of(const Shape& shape) {
  std::vector<int64_t> sizes;
  sizes.reserve(shape.size());
  for (const Dim& dim : shape) sizes.push_back(dim.size);
  return Dims(sizes);
}

Shape shape_of(const Dims& dims) {
  Shape shape;
  for (int64_t size : dims) shape.push_back({size, false});
  return shape;
}

int64_t elements_of(const Shape& shape) { return product_of(shape).size; }

int64_t bytes_of(const ValueInfo& info) { return checked_multiply(elements_of(info.shape), size_of(info.dtype)); }

}  // namespace keraunos::host
