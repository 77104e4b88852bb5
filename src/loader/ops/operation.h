// One operation: its names in keras.ops and in TensorFlow, its parameters, and a body that both share.
//
//   {.keras = {"Maximum"}, .tensorflow = {"math.maximum"}, .parameters = {"x1|x", "x2|y"}, .body = …, .positional = 2}
//
// A parameter's value is the argument at its position, the keyword of one of its names (alternatives separated by '|'), or, in
// keras.ops, the key of the config, whichever is given. What a file gives and neither the body reads nor `harmless` allows is
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
  /// How many parameters keras.ops takes as arguments of the call; the others stand in the config. Keras 2 writes one positional
  /// argument.
  size_t positional = 1;
  static constexpr size_t kVariadic = 1000;  ///< any number of tensors; all parameters stand in the config
  /// Parameters that are not read, as "sparse=None|False": any other value is refused. "optimize=*": no value changes a result.
  /// "*=*": keywords have any names, which the body knows.
  std::vector<std::string> harmless{};
  /// Of TensorFlow's own list: how many parameters for inputs, the last ones, take a list of them.
  size_t lists = 0;
};

/// The arguments of a call that are not those of the layer's call: a node of a TensorFlow graph has inputs and attributes.
struct CallArguments {
  std::vector<Arg> positional{};
  Arg::Members keywords{};
  bool of_keras3 = false;  ///< a function of keras.ops is called, not one of TensorFlow
};

/// The arguments of one call, by parameter.
class OperationCall {
 public:
  /// `given`, which the caller keeps, in place of the arguments and the config of the layer's call.
  OperationCall(Lowering& lowering, const Operation& operation, std::string name, const CallArguments* given = nullptr)
      : l(lowering), operation_(operation), name_(std::move(name)), given_(given) {}

  /// nullptr when absent or None.
  const Arg* find(size_t parameter);
  bool has(size_t parameter) { return find(parameter) != nullptr; }
  /// True when the file says None, which is not always the default.
  bool is_none(size_t parameter);

  /// A tensor; a number or list becomes a constant: of `like` where given (a Python number takes the other operand's dtype), else
  /// float32 or int32.
  Value tensor(size_t parameter, std::optional<DType> like = std::nullopt);
  /// All tensors of a list argument, of one dtype.
  std::vector<Value> tensors(size_t parameter);
  /// The positional arguments of a call that takes any number of tensors.
  std::vector<Value> variadic();
  /// Two operands brought to one dtype as Keras promotes. Weak Python numbers take the other operand's dtype if it can hold them,
  /// `real` ones a floating dtype.
  enum class PythonNumbers : uint8_t { weak, strong, real };
  std::pair<Value, Value> operands(size_t first = 0, size_t second = 1, PythonNumbers numbers = PythonNumbers::weak);

  int64_t integer(size_t parameter, int64_t otherwise);
  double number(size_t parameter, double otherwise);
  bool flag(size_t parameter, bool otherwise);
  std::optional<std::string> text(size_t parameter);
  /// A list of integers; numbers may be tensors whose contents are known (tf.shape(x)[0]). Nothing when absent.
  std::optional<std::vector<int64_t>> integers(size_t parameter);
  /// The argument, or lists of integers in place of a tensor of one or two axes whose contents are known. None when absent.
  Arg listed(size_t parameter);
  /// Axes counted from the front, ascending; all axes when absent.
  std::vector<int> axes(size_t parameter, int rank);
  /// In the order of the argument.
  std::vector<int> ordered_axes(size_t parameter, int rank);
  int axis(size_t parameter, int rank, int otherwise);
  /// A dtype by name; nothing when absent.
  std::optional<DType> dtype(size_t parameter);
  /// The keyword argument of a name that is no parameter's, or nullptr.
  const Arg* keyword(std::string_view name) const;
  /// False where the arguments are those of a node of a TensorFlow graph.
  bool is_call_of_layer() const noexcept { return given_ == nullptr; }
  bool is_keras3() const { return given_ != nullptr ? given_->of_keras3 : !l.dialect().before(3, 0); }

  /// After the body: an argument that was given, not read, and is no harmless default.
  void refuse_unread();

  Lowering& l;

 private:
  const Arg* stated(size_t parameter);  // None too
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
  std::vector<std::shared_ptr<Arg>> from_config_;  // arguments that stand in the config
};

/// An argument as a config holds it: a number, a text, a list, an array.
Arg argument_of(Lowering& l, const Json& json);

/// The names of one parameter.
std::vector<std::string_view> alternatives(std::string_view parameter);

/// More copies or parts of a tensor than any model makes; a file may name any number.
inline constexpr int64_t kMostPieces = 1 << 16;

/// Keras 3's lattice of dtypes, which is JAX's.
DType promoted(DType a, DType b);
/// An integer that an argument holds or whose tensor's contents are known.
std::optional<int64_t> known_integer(const Builder& builder, const Arg& argument);

/// Each file <stem>.cpp of this folder that has <stem>_operations(); the table of them is written by CMake.
std::span<std::vector<Operation> (*const)()> operation_families();
std::vector<Operation> every_operation();

}  // namespace keraunos::loader
