// Tensors among an operation's arguments, and their common dtype.
#include <algorithm>
#include <cmath>

#include "loader/ops/argument_text.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kExactInteger = int64_t{1} << 53;  // literals are stored as double

// Numbers in a file: a scalar, or nested lists of one shape, row by row.
struct Literal {
  std::vector<int64_t> sizes;
  std::vector<double> values;
  bool integral = true, boolean = true;

  DType natural() const { return !integral ? DType::float32 : boolean && !values.empty() ? DType::boolean : DType::int32; }
};

// False for a ragged list and for anything but numbers.
bool read(const Arg& argument, size_t depth, Literal& literal) {
  if (const Arg::List* list = argument.list()) {
    if (literal.sizes.size() == depth) literal.sizes.push_back(static_cast<int64_t>(list->size()));
    if (depth >= Dims::kMaxRank || literal.sizes[depth] != static_cast<int64_t>(list->size())) return false;
    return std::all_of(list->begin(), list->end(), [&](const Arg& item) { return read(item, depth + 1, literal); });
  }
  if (literal.sizes.size() != depth) return false;
  if (const bool* flag = std::get_if<bool>(&argument.value)) {
    literal.values.push_back(*flag ? 1 : 0);
  } else if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) {
    if (*whole > kExactInteger || *whole < -kExactInteger) return false;
    literal.values.push_back(static_cast<double>(*whole)), literal.boolean = false;
  } else if (const double* real = std::get_if<double>(&argument.value)) {
    literal.values.push_back(*real), literal.integral = literal.boolean = false;
  } else {
    return false;
  }
  return true;
}

std::optional<Literal> literal_in(const Arg& argument) {
  Literal literal;
  return read(argument, 0, literal) ? std::optional(std::move(literal)) : std::nullopt;
}

// An integer type cannot hold a fraction; it becomes float32.
Value constant_of(Lowering& l, const Literal& literal, DType wanted) {
  const DType type = !literal.integral && !is_floating(wanted) ? DType::float32 : wanted;
  if (literal.sizes.empty()) return l.scalar(literal.values[0], type);
  const Dims dims{std::span<const int64_t>(literal.sizes)};
  const bool fits =
      std::all_of(literal.values.begin(), literal.values.end(), [](double v) { return std::abs(v) <= Range::kMostExtent; });
  if (type == DType::int32 && !fits) l.refuse("is given a number that int32 does not hold");
  if (type == DType::int32) {
    const std::vector<int32_t> integers(literal.values.begin(), literal.values.end());
    return l.constant(TensorView(integers, dims));
  }
  return l.cast(l.constant(TensorView(literal.values, dims)), type);
}

bool is_number(const Arg* argument) {
  return argument != nullptr &&
         (std::holds_alternative<bool>(argument->value) || std::holds_alternative<int64_t>(argument->value) ||
          std::holds_alternative<double>(argument->value));
}

// The effect of a Python number on a tensor's dtype in Keras 3: True counts as a boolean, 2 as any integer type, 2.0 as any
// floating type.
DType with_number(DType type, const Arg& number) {
  if (std::holds_alternative<double>(number.value)) return is_floating(type) ? type : DType::float32;
  return std::holds_alternative<int64_t>(number.value) && type == DType::boolean ? DType::int32 : type;
}

bool is_signed(DType type) { return type == DType::int8 || type == DType::int16 || type == DType::int32 || type == DType::int64; }

// The smallest integer type that holds both; there is none for uint64 with a signed type.
DType common_integer(DType a, DType b) {
  if (is_signed(a) == is_signed(b)) return size_of(a) >= size_of(b) ? a : b;
  const DType plain = is_signed(a) ? b : a, with_sign = is_signed(a) ? a : b;
  switch (std::max(size_of(with_sign), 2 * size_of(plain))) {
    case 2: return DType::int16;
    case 4: return DType::int32;
    case 8: return DType::int64;
    default: return DType::float32;
  }
}

}  // namespace

DType promoted(DType a, DType b) {
  if (a == b || b == DType::boolean) return a;
  if (a == DType::boolean) return b;
  if (is_floating(a) != is_floating(b)) return is_floating(a) ? a : b;
  if (!is_floating(a)) return common_integer(a, b);
  if (size_of(a) == 2 && size_of(b) == 2) return DType::float32;  // float16 and bfloat16
  return size_of(a) >= size_of(b) ? a : b;
}

Value OperationCall::tensor(size_t parameter, std::optional<DType> like) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) l.refuse("is called without " + named(parameter));
  if (const Traced* traced = argument->tensor()) return traced->value;
  if (const auto literal = literal_in(*argument)) return constant_of(l, *literal, like.value_or(literal->natural()));
  if (argument->list() == nullptr)
    l.refuse("expects a tensor or numbers for " + named(parameter) + ", found " + python_text(*argument));
  // A list that contains tensors is stacked, as by tf.stack.
  std::vector<Value> parts;
  for (Value v : tensors(parameter)) parts.push_back(l.expand_dims(v, 0));
  return l.concatenate(parts, 0);
}

std::vector<Value> OperationCall::tensors(size_t parameter) {
  const Arg* argument = find(parameter);
  if (argument == nullptr) l.refuse("is called without " + named(parameter));
  if (const Traced* traced = argument->tensor()) return {traced->value};
  const Arg::List* list = argument->list();
  if (list == nullptr || list->empty()) l.refuse("expects a list of tensors for " + named(parameter));
  std::optional<DType> type;
  for (const Arg& item : *list) {
    if (const Traced* traced = item.tensor()) type = type ? promoted(*type, l.dtype(traced->value)) : l.dtype(traced->value);
  }
  for (const Arg& item : *list) {
    if (type && is_number(&item)) type = with_number(*type, item);
  }
  std::vector<Value> all;
  for (const Arg& item : *list) {
    const Traced* traced = item.tensor();
    const auto literal = traced == nullptr ? literal_in(item) : std::nullopt;
    if (traced == nullptr && !literal)
      l.refuse("expects tensors and numbers in " + named(parameter) + ", found " + python_text(item));
    all.push_back(traced != nullptr ? l.cast(traced->value, *type) : constant_of(l, *literal, type.value_or(literal->natural())));
  }
  return all;
}

std::vector<Value> OperationCall::variadic() {
  std::vector<Value> all;
  for (const Arg& argument : arguments()) {
    const Traced* traced = argument.tensor();
    const auto literal = traced == nullptr ? literal_in(argument) : std::nullopt;
    if (traced == nullptr && !literal) l.refuse("expects tensors, found " + python_text(argument));
    all.push_back(traced != nullptr ? traced->value : constant_of(l, *literal, literal->natural()));
  }
  return all;
}

std::pair<Value, Value> OperationCall::operands(size_t first, size_t second, PythonNumbers numbers) {
  const bool weak = !is_keras3() || numbers != PythonNumbers::strong;
  const Arg *one = find(first), *other = find(second);
  const auto follows = [&](const Arg* argument) {
    return argument != nullptr && argument->tensor() == nullptr && (weak && (!is_keras3() || is_number(argument)));
  };
  // A number is converted once the other operand's dtype is known.
  const auto beside = [&](size_t parameter, const Arg* number, Value tensor) {
    const DType type = is_keras3() ? with_number(l.dtype(tensor), *number) : l.dtype(tensor);
    const bool real = is_keras3() && numbers == PythonNumbers::real && !is_floating(type);
    return this->tensor(parameter, real ? DType::float32 : type);
  };
  Value a, b;
  if (follows(one) && !follows(other)) {
    b = tensor(second), a = beside(first, one, b);
  } else {
    a = tensor(first), b = follows(other) ? beside(second, other, a) : tensor(second);
  }
  DType type = promoted(l.dtype(a), l.dtype(b));
  if (is_keras3() && type == DType::uint64) type = DType::uint32;  // Keras 3 promotes no further, even two uint64
  return {l.cast(a, type), l.cast(b, type)};
}

}  // namespace keraunos::loader
