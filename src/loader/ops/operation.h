// One operation: its names in keras.ops and in TensorFlow, its parameters, and a body that both share.
//
//   {.keras = {"Maximum"}, .tensorflow = {"math.maximum"}, .parameters = {"x1|x", "x2|y"}, .body = …}
//
// A parameter's value is the argument at its position, the keyword of one of its names (alternatives separated by '|'), or, in keras.ops, the
// key of the config, whichever is given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

class OperationCall;

struct Operation {
  std::vector<std::string> keras, tensorflow;
  std::vector<std::string> parameters;
  std::function<std::vector<Value>(OperationCall&)> body;
};

/// The arguments of one call, by parameter.
class OperationCall {
 public:
  OperationCall(Lowering& lowering, const Operation& operation) : l(lowering), operation_(operation) {}

  /// nullptr when absent or None.
  const Arg* find(size_t parameter);
  bool has(size_t parameter) { return find(parameter) != nullptr; }

  /// A tensor; a number or list becomes a constant: of `like` where given (a Python number takes the other operand's dtype), else float32 or int32.
  Value tensor(size_t parameter, std::optional<DType> like = std::nullopt);
  /// All tensors of a list argument.
  std::vector<Value> tensors(size_t parameter);
  /// Two operands brought to one dtype as Keras promotes: Python numbers are weak, floating beats integer, wider beats narrower.
  std::pair<Value, Value> operands(size_t first = 0, size_t second = 1);

  int64_t integer(size_t parameter, int64_t otherwise);
  double number(size_t parameter, double otherwise);
  bool flag(size_t parameter, bool otherwise);
  std::optional<std::string> text(size_t parameter);
  /// A list of integers; numbers may be tensors whose contents are known (tf.shape(x)[0]). Nothing when absent.
  std::optional<std::vector<int64_t>> integers(size_t parameter);
  /// Axes counted from the front, ascending; all axes when absent.
  std::vector<int> axes(size_t parameter, int rank);
  int axis(size_t parameter, int rank, int otherwise);
  /// A dtype by name; nothing when absent.
  std::optional<DType> dtype(size_t parameter);
  bool is_keras3() const { return !l.dialect().before(3, 0); }

  Lowering& l;

 private:
  const Operation& operation_;
  std::vector<std::shared_ptr<Arg>> from_config_;  // arguments that stand in the config
};

DType promoted(DType a, DType b);
/// An integer that an argument holds or whose tensor's contents are known.
std::optional<int64_t> known_integer(const Builder& builder, const Arg& argument);

std::vector<Operation> arithmetic_operations();
std::vector<Operation> activation_operations();
std::vector<Operation> shape_operations();
std::vector<Operation> slicing_operations();
std::vector<Operation> reduction_operations();
std::vector<Operation> contraction_operations();

}  // namespace keraunos::loader
