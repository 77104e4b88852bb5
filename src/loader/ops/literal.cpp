// Walks back from a value to constants. Shapes are numbers during lowering, so tf.shape(x) is a constant, and what programs
// compute from it (indexing, arithmetic, products, stacking) is evaluated here, element by element; all others are unknown.
#include "loader/ops/literal.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "host/graph/broadcast.h"
#include "host/graph/graph.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/literal_numbers.h"

namespace keraunos::loader {
namespace {

using host::Graph;
using host::Node;
using Element = std::optional<LiteralNumber>;  // absent: unknown
using Contents = std::vector<Element>;
using Sizes = std::vector<int64_t>;

Sizes sizes_of(const Shape& shape) {
  Sizes sizes;
  for (const Dim& axis : shape) sizes.push_back(axis.size);
  return sizes;
}

/// Strides in elements along each axis.
Sizes strides_of(const Sizes& sizes) {
  Sizes strides(sizes.size(), 1);
  for (size_t axis = sizes.size(); axis > 1; --axis) strides[axis - 2] = strides[axis - 1] * sizes[axis - 1];
  return strides;
}

/// The numbers at `start` and at multiples of `strides` along each axis of `sizes`.
template <class T>
std::vector<T> picked(const std::vector<T>& from, const Sizes& sizes, int64_t start, const Sizes& strides) {
  std::vector<T> result;
  Sizes at(sizes.size(), 0);
  const int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
  for (int64_t i = 0; i < count; ++i) {
    result.push_back(from.at(static_cast<size_t>(start)));
    for (size_t axis = sizes.size(); axis > 0; --axis) {
      start += strides[axis - 1];
      if (++at[axis - 1] < sizes[axis - 1]) break;
      start -= strides[axis - 1] * sizes[axis - 1];
      at[axis - 1] = 0;
    }
  }
  return result;
}

class Evaluator {
 public:
  explicit Evaluator(const Graph& graph) : graph_(graph) {}

  // Absent for large tensors.
  std::optional<Contents> value(Value v, int depth = 0) {
    const host::ValueInfo& info = graph_.info(v);
    const int64_t count = host::elements_of(info.shape);
    if (count > kMaxLiteral) return std::nullopt;
    const Contents unknown(static_cast<size_t>(count));
    if (info.constant != nullptr) {
      const auto numbers = literal_numbers(*info.constant);
      return numbers ? Contents(numbers->begin(), numbers->end()) : unknown;
    }
    if (depth > 64) return unknown;
    const auto [place, is_new] = known_.try_emplace(v.id, unknown);
    if (!is_new) return place->second;
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (node->out.size() != 1 || node->out[0] != v) continue;
      if (auto found = result(*node, depth + 1)) return known_[v.id] = std::move(*found);
      break;
    }
    return unknown;
  }

 private:
  const Shape& shape(Value v) const { return graph_.info(v).shape; }

  std::optional<Contents> result(const Node& node, int depth) {
    if (!is_evaluated(node)) return std::nullopt;
    std::vector<Contents> operands;
    for (Value v : node.in) {
      auto known = v ? value(v, depth) : std::nullopt;
      if (!known) return std::nullopt;
      operands.push_back(std::move(*known));
    }
    if (host::traits_of(node.op).is_view) return operands[0];
    if (const auto* op = std::get_if<host::Pointwise>(&node.op)) return pointwise(*op, node, operands);
    if (const auto* op = std::get_if<host::Slice>(&node.op)) return slice(*op, node, operands[0]);
    if (const auto* op = std::get_if<host::Transpose>(&node.op)) return transpose(*op, node, operands[0]);
    if (const auto* op = std::get_if<host::Concat>(&node.op)) return concat(op->axis, node, operands);
    if (const auto* op = std::get_if<host::Gather>(&node.op)) return gather(op->axis, node, operands);
    return reduce(std::get<host::Reduce>(node.op), node, operands[0]);
  }

  // Checked before the operands, because a value may depend on a whole network.
  static bool is_evaluated(const Node& node) {
    return host::traits_of(node.op).is_view || std::holds_alternative<host::Pointwise>(node.op) ||
           std::holds_alternative<host::Slice>(node.op) || std::holds_alternative<host::Transpose>(node.op) ||
           std::holds_alternative<host::Concat>(node.op) || std::holds_alternative<host::Gather>(node.op) ||
           std::holds_alternative<host::Reduce>(node.op);
  }

  Contents pointwise(const host::Pointwise& op, const Node& node, std::vector<Contents> operands) const {
    const Sizes sizes = sizes_of(shape(node.out[0]));
    for (size_t i = 0; i < operands.size(); ++i) {
      const Sizes own = sizes_of(shape(node.in[i])), own_strides = strides_of(own);
      Sizes strides(sizes.size(), 0);
      for (size_t axis = 0; axis < own.size(); ++axis)
        strides[sizes.size() - own.size() + axis] = own[axis] == 1 ? 0 : own_strides[axis];
      operands[i] = picked(operands[i], sizes, 0, strides);
    }
    Contents all;
    for (size_t i = 0; i < static_cast<size_t>(host::elements_of(shape(node.out[0]))); ++i) {
      Contents registers;
      for (const Contents& operand : operands) registers.push_back(operand[i]);
      for (const host::Instruction& step : op.program.steps) registers.push_back(step_result(op.program, step, registers));
      all.push_back(registers.back());
    }
    return all;
  }

  // A selection reads only the operand that its condition chooses.
  static Element step_result(const host::Program& program, const host::Instruction& step, const Contents& registers) {
    const int count = operands_of(step.function);
    if (step.function == Function::select) {
      const Element& condition = registers.at(step.a);
      return !condition ? std::nullopt : registers.at(*condition != 0 ? step.b : step.c);
    }
    const uint8_t places[] = {step.a, step.b, step.c};
    LiteralNumber numbers[3] = {};
    for (int k = 0; k < count; ++k) {
      if (!registers.at(places[k])) return std::nullopt;
      numbers[k] = *registers.at(places[k]);
    }
    const DType from = count == 0 ? step.type : program.type_of(step.a);
    return literal_result(step, from, numbers[0], numbers[1], numbers[2]);
  }

  Contents slice(const host::Slice& op, const Node& node, const Contents& from) const {
    Sizes strides = strides_of(sizes_of(shape(node.in[0])));
    int64_t start = 0;
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      start += op.start[axis] * strides[axis];
      strides[axis] *= op.step[axis];
    }
    return picked(from, sizes_of(shape(node.out[0])), start, strides);
  }

  Contents transpose(const host::Transpose& op, const Node& node, const Contents& from) const {
    const Sizes own = strides_of(sizes_of(shape(node.in[0])));
    Sizes strides;
    for (const int axis : op.permutation) strides.push_back(own[static_cast<size_t>(axis)]);
    return picked(from, sizes_of(shape(node.out[0])), 0, strides);
  }

  /// Number of elements after an axis.
  int64_t inner(Value v, int axis) const {
    int64_t count = 1;
    for (size_t i = static_cast<size_t>(axis) + 1; i < shape(v).size(); ++i) count *= shape(v)[i].size;
    return count;
  }

  Contents concat(int axis, const Node& node, const std::vector<Contents>& operands) const {
    Contents joined;
    const int64_t behind = inner(node.out[0], axis);
    int64_t rows = 1;
    for (size_t i = 0; i < static_cast<size_t>(axis); ++i) rows *= shape(node.out[0])[i].size;
    for (int64_t row = 0; row < rows; ++row) {
      for (size_t i = 0; i < operands.size(); ++i) {
        const int64_t count = shape(node.in[i])[static_cast<size_t>(axis)].size * behind;
        joined.insert(joined.end(), operands[i].begin() + row * count, operands[i].begin() + (row + 1) * count);
      }
    }
    return joined;
  }

  Contents gather(int axis, const Node& node, const std::vector<Contents>& operands) const {
    const int64_t behind = inner(node.in[0], axis), extent = shape(node.in[0])[static_cast<size_t>(axis)].size;
    const int64_t rows = behind * extent == 0 ? 0 : static_cast<int64_t>(operands[0].size()) / (behind * extent);
    Contents all;
    for (int64_t row = 0; row < rows; ++row) {
      for (const Element& id : operands[1]) {
        const bool is_inside = id && *id >= 0 && *id < static_cast<LiteralNumber>(extent);
        const auto first = operands[0].begin() + (row * extent + (is_inside ? static_cast<int64_t>(*id) : 0)) * behind;
        is_inside ? all.insert(all.end(), first, first + behind)
                  : all.insert(all.end(), static_cast<size_t>(behind), std::nullopt);
      }
    }
    return all;
  }

  std::optional<Contents> reduce(const host::Reduce& op, const Node& node, const Contents& from) const {
    const std::optional<Function> function = function_of(op.kind);
    const DType type = graph_.info(node.in[0]).dtype;
    const Sizes sizes = sizes_of(shape(node.in[0])), strides = strides_of(sizes);
    Sizes kept, kept_strides, reduced, reduced_strides;
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      const bool goes = std::find(op.axes.begin(), op.axes.end(), static_cast<int>(axis)) != op.axes.end();
      (goes ? reduced : kept).push_back(sizes[axis]);
      (goes ? reduced_strides : kept_strides).push_back(strides[axis]);
    }
    if (!function || is_floating(type) || from.empty()) return std::nullopt;  // a device adds in its own order
    std::vector<int64_t> places(from.size());
    std::iota(places.begin(), places.end(), int64_t{0});
    Contents all;
    for (const int64_t start : picked(places, kept, 0, kept_strides)) {
      const Contents group = picked(from, reduced, start, reduced_strides);
      Element total = group[0];
      for (size_t i = 1; i < group.size(); ++i)
        total =
            total && group[i] ? literal_result({.function = *function, .type = type}, type, *total, *group[i], 0) : std::nullopt;
      all.push_back(total);
    }
    return all;
  }

  static std::optional<Function> function_of(Reduction kind) {
    switch (kind) {
      case Reduction::sum: return Function::add;
      case Reduction::product: return Function::multiply;
      case Reduction::maximum: return Function::maximum;
      case Reduction::minimum: return Function::minimum;
      case Reduction::any: return Function::logical_or;
      case Reduction::all: return Function::logical_and;
      case Reduction::mean: return std::nullopt;
    }
    return std::nullopt;
  }

  const Graph& graph_;
  std::map<int, Contents> known_;  // by value: a graph reads many of its values several times
};

// Absent where an element is unknown.
template <class T>
std::optional<std::vector<T>> all_of(const std::optional<Contents>& contents) {
  if (!contents) return std::nullopt;
  std::vector<T> numbers;
  for (const Element& element : *contents) {
    if (!element) return std::nullopt;
    numbers.push_back(static_cast<T>(*element));
  }
  return numbers;
}

bool is_counting(DType type) { return type == DType::int32 || type == DType::int64 || type == DType::boolean; }

}  // namespace

std::optional<std::vector<int64_t>> literal_of(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  return is_counting(graph.info(v).dtype) ? all_of<int64_t>(Evaluator(graph).value(v)) : std::nullopt;
}

std::vector<std::optional<int64_t>> literal_elements(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  std::vector<std::optional<int64_t>> elements(static_cast<size_t>(host::elements_of(graph.info(v).shape)));
  const auto contents = is_counting(graph.info(v).dtype) ? Evaluator(graph).value(v) : std::nullopt;
  for (size_t i = 0; contents && i < elements.size(); ++i) {
    if (const Element& element = (*contents)[i]) elements[i] = static_cast<int64_t>(*element);
  }
  return elements;
}

std::optional<std::vector<double>> literal_reals(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  const DType type = graph.info(v).dtype;
  if (type != DType::float32 && type != DType::float64) return std::nullopt;
  return all_of<double>(Evaluator(graph).value(v));
}

}  // namespace keraunos::loader
