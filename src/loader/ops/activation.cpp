// Activations as nodes: keras.ops.nn, keras.activations called on a tensor, tf.nn.
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

// The operand, which must be floating: no Keras version computes these functions for integers.
Value floating(OperationCall& call, size_t parameter = 0) {
  const Value x = call.tensor(parameter);
  if (!is_floating(call.l.dtype(x)))
    call.l.refuse("computes with " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
  return x;
}

Operation function(Names keras, Names tensorflow, Function f) {
  return {std::move(keras), std::move(tensorflow), {"x|features"}, [f](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(f, floating(call))};
          }};
}

// A function with one parameter besides the tensor; its default is the same in keras.ops and in TensorFlow.
Operation with_parameter(Names keras, Names tensorflow, std::string parameter, Function f, double otherwise) {
  return {std::move(keras),
          std::move(tensorflow),
          {"x|features", std::move(parameter)},
          [f, otherwise](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(f, floating(call), call.number(1, otherwise))};
          }};
}

std::vector<Value> celu(OperationCall& call) {
  const double alpha = call.number(1, 1);
  if (alpha == 0) call.l.refuse("divides by alpha = 0");
  return {call.l.unary(Function::celu, floating(call), alpha)};
}

std::vector<Value> relu(OperationCall& call) { return {call.l.unary(Function::relu, call.tensor(0))}; }

Value clamped(OperationCall& call, Value x, double low, double high) {
  const DType type = call.l.dtype(x);
  return call.l.binary(Function::minimum, call.l.binary(Function::maximum, x, call.l.scalar(low, type)),
                       call.l.scalar(high, type));
}

std::vector<Value> relu6(OperationCall& call) { return {clamped(call, call.tensor(0), 0, 6)}; }

// Only this function of TensorFlow accepts integers, as float32.
std::vector<Value> leaky_relu(OperationCall& call) {
  const Value x = call.tensor(0);
  return {
      call.l.unary(Function::leaky_relu, is_floating(call.l.dtype(x)) ? x : call.l.cast(x, DType::float32), call.number(1, 0.2))};
}

// tf.nn.silu: x·sigmoid(beta·x).
std::vector<Value> silu(OperationCall& call) {
  const Value x = floating(call);
  const double beta = call.number(1, 1);
  return {beta == 1 ? call.l.unary(Function::silu, x)
                    : call.l.multiply(x, call.l.unary(Function::sigmoid, call.l.multiply(x, beta)))};
}

std::vector<Value> hard_sigmoid(OperationCall& call) { return {call.l.unary(Function::hard_sigmoid, floating(call), 1.0 / 6)}; }

std::vector<Value> hard_silu(OperationCall& call) {
  const Value x = floating(call);
  return {call.l.multiply(x, call.l.unary(Function::hard_sigmoid, x, 1.0 / 6))};
}

// keras.ops.gelu approximates by default, tf.nn.gelu and keras.activations.gelu do not.
std::vector<Value> gelu(OperationCall& call) {
  const bool approximate = call.flag(1, call.is_keras3());
  return {call.l.unary(approximate ? Function::gelu_tanh : Function::gelu, floating(call))};
}

// keras.activations.relu on a tensor: values not above the threshold become 0, the rest is clipped to [0, max], then
// slope·(threshold − x) is subtracted.
std::vector<Value> general_relu(OperationCall& call) {
  const Value x = call.tensor(0);
  const double slope = call.number(1, 0), threshold = call.number(3, 0);
  const DType type = call.l.dtype(x);
  if (threshold == 0 && slope != 0 && !call.has(2)) return leaky_relu(call);
  const Value zero = call.l.scalar(0, type);
  Value y = threshold == 0 ? call.l.unary(Function::relu, x)
                           : call.l.select(call.l.binary(Function::greater, x, call.l.scalar(threshold, type)), x, zero);
  if (call.has(2))
    y = call.l.binary(Function::maximum, call.l.binary(Function::minimum, y, call.l.scalar(call.number(2, 0), type)), zero);
  if (slope == 0) return {y};
  const Value below = call.l.unary(Function::relu, call.l.subtract(call.l.scalar(threshold, type), x));
  return {call.l.subtract(y, call.l.multiply(below, slope))};
}

// axis=None: all axes, including the batch, in Keras 3; the last axis in TensorFlow.
std::vector<Value> softmax(OperationCall& call, bool log) {
  const Value x = floating(call);
  const auto along = [&](Value v, int axis) { return log ? call.l.log_softmax(v, axis) : call.l.softmax(v, axis); };
  if (!call.is_keras3() || !call.is_none(1)) return {along(x, call.axis(1, call.l.rank(x), -1))};
  const Shape shape = call.l.shape(x);
  int64_t elements = 1;
  for (const Dim& dim : shape) elements *= dim.size;
  return {call.l.reshape(along(call.l.reshape(x, {Dim{elements, false}}), 0), shape)};
}

}  // namespace

std::vector<Operation> activation_operations() {
  return {
      {{"Relu"}, {"nn.relu"}, {"x|features"}, relu},
      function({"Sigmoid"}, {"math.sigmoid", "sigmoid", "nn.sigmoid"}, Function::sigmoid),
      {{"Silu"}, {"nn.silu", "nn.swish"}, {"x|features", "beta"}, silu},
      function({"Selu"}, {"nn.selu"}, Function::selu),
      function({"Softplus"}, {"math.softplus", "nn.softplus"}, Function::softplus),
      function({"Softsign"}, {"nn.softsign", "math.softsign"}, Function::softsign),
      function({"LogSigmoid"}, {"math.log_sigmoid"}, Function::log_sigmoid),
      function({"Mish"}, {}, Function::mish),
      with_parameter({"Elu"}, {"nn.elu"}, "alpha", Function::elu, 1.0),
      {{"Celu"}, {}, {"x", "alpha"}, celu},
      {{"LeakyRelu", "LeakyReLU"}, {"nn.leaky_relu"}, {"x|features", "negative_slope|alpha"}, leaky_relu},
      {{"Relu6"}, {"nn.relu6"}, {"x|features"}, relu6},
      {{"ReLU"}, {}, {"x", "negative_slope", "max_value", "threshold"}, general_relu},
      {{"HardSigmoid"}, {}, {"x"}, hard_sigmoid},
      {{"HardSilu"}, {}, {"x"}, hard_silu},
      {{"Gelu"}, {"nn.gelu"}, {"x|features", "approximate"}, gelu},
      {{"Softmax"}, {"nn.softmax"}, {"x|logits", "axis"}, [](OperationCall& call) { return softmax(call, false); }},
      {{"LogSoftmax"}, {"nn.log_softmax"}, {"x|logits", "axis"}, [](OperationCall& call) { return softmax(call, true); }},
  };
}

}  // namespace keraunos::loader
