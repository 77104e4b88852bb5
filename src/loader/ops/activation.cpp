// Activations as nodes: keras.ops.nn, keras.activations called on a tensor, tf.nn.
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

Operation function(Names keras, Names tensorflow, Function f) {
  return {std::move(keras), std::move(tensorflow), {"x|features|logits"}, [f](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(f, call.tensor(0))};
          }};
}

// One parameter beside the tensor; its default differs between keras.ops and TensorFlow in no case met here.
Operation with_parameter(Names keras, Names tensorflow, std::string parameter, Function f, double otherwise) {
  return {std::move(keras), std::move(tensorflow), {"x|features", std::move(parameter)}, [f, otherwise](OperationCall& call) -> std::vector<Value> {
            return {call.l.unary(f, call.tensor(0), call.number(1, otherwise))};
          }};
}

Value clamped(OperationCall& call, Value x, double low, double high) {
  const DType type = call.l.dtype(x);
  return call.l.binary(Function::minimum, call.l.binary(Function::maximum, x, call.l.scalar(low, type)), call.l.scalar(high, type));
}

std::vector<Value> relu6(OperationCall& call) { return {clamped(call, call.tensor(0), 0, 6)}; }

std::vector<Value> hard_sigmoid(OperationCall& call) { return {call.l.unary(Function::hard_sigmoid, call.tensor(0), 1.0 / 6)}; }

std::vector<Value> hard_silu(OperationCall& call) {
  const Value x = call.tensor(0);
  return {call.l.multiply(x, call.l.unary(Function::hard_sigmoid, x, 1.0 / 6))};
}

// keras.ops.gelu approximates by default, tf.nn.gelu and keras.activations.gelu do not.
std::vector<Value> gelu(OperationCall& call) {
  const bool approximate = call.flag(1, call.is_keras3());
  return {call.l.unary(approximate ? Function::gelu_tanh : Function::gelu, call.tensor(0))};
}

// keras.activations.relu on a tensor: x ≥ max → max, x ≥ threshold → x, else slope·(x − threshold).
std::vector<Value> general_relu(OperationCall& call) {
  const Value x = call.tensor(0);
  const double slope = call.number(1, 0), threshold = call.number(3, 0);
  const DType type = call.l.dtype(x);
  Value y;
  if (threshold == 0 && slope == 0) {
    y = call.l.unary(Function::relu, x);
  } else {
    const Value below = call.l.multiply(call.l.add(x, -threshold), slope);
    y = call.l.select(call.l.binary(Function::greater_equal, x, call.l.scalar(threshold, type)), x, below);
  }
  return {call.has(2) ? call.l.binary(Function::minimum, y, call.l.scalar(call.number(2, 0), type)) : y};
}

std::vector<Value> softmax(OperationCall& call, bool log) {
  const Value x = call.tensor(0);
  const int axis = call.axis(1, call.l.rank(x), -1);
  return {log ? call.l.log_softmax(x, axis) : call.l.softmax(x, axis)};
}

}  // namespace

std::vector<Operation> activation_operations() {
  return {
      function({"Relu"}, {"nn.relu"}, Function::relu),
      function({"Sigmoid"}, {"math.sigmoid", "sigmoid", "nn.sigmoid"}, Function::sigmoid),
      function({"Tanh"}, {"math.tanh", "tanh", "nn.tanh"}, Function::tanh),
      function({"Silu"}, {"nn.silu", "nn.swish"}, Function::silu),
      function({"Selu"}, {"nn.selu"}, Function::selu),
      function({"Softplus"}, {"math.softplus", "nn.softplus"}, Function::softplus),
      function({"Softsign"}, {"nn.softsign", "math.softsign"}, Function::softsign),
      function({"LogSigmoid"}, {"math.log_sigmoid"}, Function::log_sigmoid),
      function({"Mish"}, {}, Function::mish),
      with_parameter({"Elu"}, {"nn.elu"}, "alpha", Function::elu, 1.0),
      with_parameter({"Celu"}, {}, "alpha", Function::celu, 1.0),
      with_parameter({"LeakyRelu", "LeakyReLU"}, {"nn.leaky_relu"}, "negative_slope|alpha", Function::leaky_relu, 0.2),
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
