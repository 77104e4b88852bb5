// One operation: its names in keras.ops and in TensorFlow, its parameters, and a body that both share.
//
//   {.keras = {"Maximum"}, .tensorflow = {"math.maximum"}, .parameters = {"x1|x", "x2|y"}, .body = …, .positional = 2}
//
// A parameter's value is the argument at its position, the keyword of one of its names (alternatives separated by '|'), or, in
// keras.ops, the key of the config, whichever is given. An argument that the body does not read and `harmless` does not allow is
// refused by name.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos {
class Json;
}

namespace keraunos::loader {

class OperationCall;

struct Operation {
  std::vector<std::string> keras, tensorflow;
  std::vector<std::string> parameters;
  std::function<std::vector<Value>(OperationCall&)> body;
  /// Number of parameters that keras.ops takes as arguments of the call; the others are in the config. Keras 2 writes one
  /// positional argument.
  size_t positional = 1;
  static constexpr size_t kVariadic = 1000;  ///< any number of tensors; all parameters are in the config
  /// Parameters that are not read, as "sparse=None|False": any other value is refused. "optimize=*": no value changes the result.
  /// "*=*": keywords have any names, which the body reads.
  std::vector<std::string> harmless{};
  /// For TensorFlow's list of operations: how many of the last input parameters take a list.
  size_t lists = 0;
  /// The first input parameter takes a list: all inputs that the others leave.
  bool list_first = false;
};

/// The arguments of a call that are not those of the layer's call: the inputs and attributes of a node of a TensorFlow graph.
struct CallArguments {
  std::vector<Arg> positional{};
  Arg::Members keywords{};
  bool of_keras3 = false;  ///< a function of keras.ops is called, not one of TensorFlow
};

/// The arguments of one call, by parameter.
class OperationCall {
 public:
  /// Uses `given`, which the caller keeps alive, instead of the arguments and the config of the layer's call.
  OperationCall(Lowering& lowering, const Operation& operation, std::string name, const CallArguments* given = nullptr)
      : l(lowering), operation_(operation), name_(std::move(name)), given_(given) {}

  /// nullptr when absent or None.
  const Arg* find(size_t parameter);
  bool has(size_t parameter) { return find(parameter) != nullptr; }
  /// True when the file states None, which is not always the default.
  bool is_none(size_t parameter);

  /// A tensor; a number or list becomes a constant: with dtype `like` if given (a Python number takes the other operand's dtype),
  /// else float32 or int32.
  Value tensor(size_t parameter, std::optional<DType> like = std::nullopt);
  /// All tensors of a list argument, of one dtype.
  std::vector<Value> tensors(size_t parameter);
  /// The positional arguments of a call that takes any number of tensors.
  std::vector<Value> variadic();
  /// Two operands converted to one dtype by Keras's promotion rules. Weak Python numbers take the other operand's dtype if it can
  /// hold them, `real` ones a floating dtype.
  enum class PythonNumbers : uint8_t { weak, strong, real };
  std::pair<Value, Value> operands(size_t first = 0, size_t second = 1, PythonNumbers numbers = PythonNumbers::weak);

  int64_t integer(size_t parameter, int64_t otherwise);
  double number(size_t parameter, double otherwise);
  bool flag(size_t parameter, bool otherwise);
  std::optional<std::string> text(size_t parameter);
  /// A list of integers; elements may be tensors whose contents are known (tf.shape(x)[0]). Absent if the argument is.
  std::optional<std::vector<int64_t>> integers(size_t parameter);
  /// The argument; a tensor of one or two axes with known contents becomes lists of integers. None when absent.
  Arg listed(size_t parameter);
  /// Axes counted from the front, ascending; all axes when absent.
  std::vector<int> axes(size_t parameter, int rank);
  /// The same in the order of the argument.
  std::vector<int> ordered_axes(size_t parameter, int rank);
  int axis(size_t parameter, int rank, int otherwise);
  /// A dtype by name; absent if the argument is.
  std::optional<DType> dtype(size_t parameter);
  /// The keyword argument of a name that no parameter has, or nullptr.
  const Arg* keyword(std::string_view name) const;
  /// False where the arguments are those of a node of a TensorFlow graph.
  bool is_call_of_layer() const noexcept { return given_ == nullptr; }
  bool is_keras3() const { return given_ != nullptr ? given_->of_keras3 : !l.dialect().before(3, 0); }

  /// Called after the body: refuses an argument that was given, not read, and is no harmless default.
  void refuse_unread();

  Lowering& l;

 private:
  const Arg* stated(size_t parameter);  // includes None
  const std::vector<Arg>& arguments() const { return given_ != nullptr ? given_->positional : l.arguments(); }
  const Arg::Members& keywords() const { return given_ != nullptr ? given_->keywords : l.keywords(); }
  const Json* in_config(std::string_view name) const;
  std::string named(size_t parameter) const;
  void refuse_unless_harmless(std::string_view name, const Arg& argument) const;
  bool was_read(std::string_view name) const;

  const Operation& operation_;
  std::string name_;
  const CallArguments* given_;
  std::set<size_t> read_;
  std::vector<std::shared_ptr<Arg>> from_config_;  // arguments from the config
};

/// An argument from a config: a number, a text, a list, an array.
Arg argument_of(Lowering& l, const Json& json);

/// The names of one parameter.
std::vector<std::string_view> alternatives(std::string_view parameter);

/// Bound on copies or parts of a tensor, larger than in any model; a file may state any number.
inline constexpr int64_t kMostPieces = 1 << 16;

/// Keras 3's promotion of dtypes, which is JAX's.
DType promoted(DType a, DType b);
/// An integer argument, or the known contents of a tensor argument.
std::optional<int64_t> known_integer(const Builder& builder, const Arg& argument);

/// Every file <stem>.cpp of this folder with <stem>_operations(); CMake writes the table.
std::span<std::vector<Operation> (*const)()> operation_families();
std::vector<Operation> every_operation();

}  // namespace keraunos::loader
