// Builder: constants and pointwise operations. Each makes one small program; passes fuse them later.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "host/graph/broadcast.h"
#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos {

using host::Instruction;
using host::Pointwise;
using host::Program;
using host::ValueInfo;

namespace {

const ValueInfo& info_of(const host::Graph& graph, Value v) {
  if (!v) throw UsageError("an operation is given a value that is absent");
  return graph.info(v);
}

// A scalar constant becomes an immediate of the program: no operand, no load, and it can fold into an epilogue.
std::optional<double> immediate_of(const host::Graph& graph, Value v) {
  const ValueInfo& info = graph.info(v);
  if (info.constant == nullptr || !info.shape.empty()) return std::nullopt;
  switch (info.dtype) {
    case DType::float32: return info.constant->values<float>()[0];
    case DType::float64: return info.constant->values<double>()[0];
    case DType::float16: return static_cast<double>(static_cast<float>(info.constant->values<float16>()[0]));
    case DType::bfloat16: return static_cast<double>(static_cast<float>(info.constant->values<bfloat16>()[0]));
    case DType::boolean: return info.constant->values<bool>()[0] ? 1.0 : 0.0;
    case DType::int32: return info.constant->values<int32_t>()[0];
    case DType::int64: {
      const int64_t value = info.constant->values<int64_t>()[0];
      return std::abs(value) < (int64_t{1} << 53) ? std::optional(static_cast<double>(value)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

Value pointwise(host::Graph& graph, Function function, std::vector<Value> operands, DType result, double immediate) {
  Program program;
  std::vector<Value> in;
  std::vector<uint8_t> registers;
  std::vector<std::optional<double>> immediates;
  Shape shape;
  for (Value v : operands) {
    shape = host::broadcast(shape, info_of(graph, v).shape);
    immediates.push_back(operands.size() > 1 ? immediate_of(graph, v) : std::nullopt);
  }
  if (std::all_of(immediates.begin(), immediates.end(), [](const auto& i) { return i.has_value(); })) immediates[0].reset();
  for (size_t i = 0; i < operands.size(); ++i) {
    if (immediates[i]) continue;
    program.inputs.push_back(graph.info(operands[i]).dtype);
    in.push_back(operands[i]);
  }
  uint8_t next_input = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!immediates[i]) {
      registers.push_back(next_input++);
    } else {
      registers.push_back(
          program.append({.function = Function::constant, .type = graph.info(operands[i]).dtype, .immediate = *immediates[i]}));
    }
  }
  registers.resize(3, 0);
  program.append(
      {.function = function, .a = registers[0], .b = registers[1], .c = registers[2], .type = result, .immediate = immediate});
  return graph.add(Pointwise{std::move(program)}, std::move(in), {ValueInfo{.shape = std::move(shape), .dtype = result}})[0];
}

}  // namespace

Shape Builder::shape(Value v) const { return info_of(host::graph_of(*this), v).shape; }
DType Builder::dtype(Value v) const { return info_of(host::graph_of(*this), v).dtype; }
Dims Builder::dims(Value v) const { return host::dims_of(shape(v)); }

Dim Builder::dim(Value v, int axis) const {
  const Shape& s = shape(v);
  const int position = axis < 0 ? axis + static_cast<int>(s.size()) : axis;
  if (position < 0 || position >= static_cast<int>(s.size())) {
    throw UsageError("axis " + std::to_string(axis) + " does not exist in shape " + host::dims_of(s).to_string());
  }
  return s[static_cast<size_t>(position)];
}

Value Builder::constant(const TensorView& view) { return constant(std::make_shared<const Tensor>(Tensor::copy_of(view))); }
Value Builder::constant(std::shared_ptr<const Tensor> tensor) { return host::graph_of(*this).add_constant(std::move(tensor)); }

namespace {

// A file may hold NaN or 1e308, which only a floating dtype can represent.
void require_holds(DType type, double value) {
  if (is_floating(type) || type == DType::boolean || type == DType::string) return;
  const bool is_signed = type == DType::int8 || type == DType::int16 || type == DType::int32 || type == DType::int64;
  const double most = std::ldexp(1.0, static_cast<int>(size_of(type)) * 8 - (is_signed ? 1 : 0));
  const double least = is_signed ? -most : 0;
  if ((value >= least || value > least - 1) && value < most) return;  // a fraction is cut off
  throw UsageError("the number " + std::to_string(value) + " does not fit " + std::string(name_of(type)));
}

}  // namespace

Value Builder::scalar(double value, DType type) {
  Tensor tensor(type, Dims{});
  const auto put = [&]<class T>(T element) { tensor.mutable_values<T>()[0] = element; };
  require_holds(type, value);
  switch (type) {
    case DType::float32: put(static_cast<float>(value)); break;
    case DType::float64: put(value); break;
    case DType::float16: put(float16(static_cast<float>(value))); break;
    case DType::bfloat16: put(bfloat16(static_cast<float>(value))); break;
    case DType::int8: put(static_cast<int8_t>(value)); break;
    case DType::uint8: put(static_cast<uint8_t>(value)); break;
    case DType::int16: put(static_cast<int16_t>(value)); break;
    case DType::uint16: put(static_cast<uint16_t>(value)); break;
    case DType::int32: put(static_cast<int32_t>(value)); break;
    case DType::uint32: put(static_cast<uint32_t>(value)); break;
    case DType::int64: put(static_cast<int64_t>(value)); break;
    case DType::uint64: put(static_cast<uint64_t>(value)); break;
    case DType::boolean: put(value != 0); break;
    case DType::string: throw UsageError("a scalar constant cannot be a string");
  }
  return constant(std::make_shared<const Tensor>(std::move(tensor)));
}

Value Builder::unary(Function function, Value x, double immediate) {
  if (function == Function::copy) return x;
  return pointwise(host::graph_of(*this), function, {x}, gives_boolean(function) ? DType::boolean : dtype(x), immediate);
}

Value Builder::binary(Function function, Value a, Value b) {
  if (dtype(a) != dtype(b)) {
    throw UsageError(std::string(name_of(function)) + " needs two operands of one dtype, found " +
                     std::string(name_of(dtype(a))) + " and " + std::string(name_of(dtype(b))));
  }
  return pointwise(host::graph_of(*this), function, {a, b}, gives_boolean(function) ? DType::boolean : dtype(a), 0);
}

Value Builder::select(Value condition, Value then, Value otherwise) {
  if (dtype(condition) != DType::boolean)
    throw UsageError("select needs a boolean condition, found " + std::string(name_of(dtype(condition))));
  if (dtype(then) != dtype(otherwise)) {
    throw UsageError("select needs two branches of one dtype, found " + std::string(name_of(dtype(then))) + " and " +
                     std::string(name_of(dtype(otherwise))));
  }
  return pointwise(host::graph_of(*this), Function::select, {condition, then, otherwise}, dtype(then), 0);
}

Value Builder::cast(Value x, DType type) {
  if (dtype(x) == type) return x;
  if (type == DType::string || dtype(x) == DType::string) throw UsageError("strings cannot be cast");
  return pointwise(host::graph_of(*this), Function::cast, {x}, type, 0);
}

Value Builder::broadcast_to(Value x, const Shape& target) {
  if (shape(x) == target) return x;
  if (host::broadcast(shape(x), target) != target) {
    throw UsageError("shape " + dims(x).to_string() + " does not broadcast to " + host::text_of(target));
  }
  Program program{.inputs = {dtype(x)}, .steps = {}};
  program.append({.function = Function::copy, .type = dtype(x)});
  return host::graph_of(*this).add(Pointwise{std::move(program)}, {x}, {ValueInfo{.shape = target, .dtype = dtype(x)}})[0];
}

}  // namespace keraunos
