// Walks back from a value to constants. Shapes are numbers during lowering, so tf.shape(x) is a constant, and what programs
// compute from it (indexing, arithmetic, products, stacking) is evaluated here; the value of anything else is unknown.
#include "loader/ops/literal.h"

#include <algorithm>
#include <numeric>

#include "host/graph/broadcast.h"
#include "host/graph/graph.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/literal_numbers.h"

namespace keraunos::loader {
namespace {

using host::Graph;
using host::Node;
using Contents = std::vector<LiteralNumber>;
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
Contents picked(const Contents& from, const Sizes& sizes, int64_t start, const Sizes& strides) {
  Contents result;
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

  std::optional<Contents> value(Value v, int depth = 0) const {
    const host::ValueInfo& info = graph_.info(v);
    if (depth > 64 || host::elements_of(info.shape) > kMaxLiteral) return std::nullopt;
    if (info.constant != nullptr) return literal_numbers(*info.constant);
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (node->out.size() == 1 && node->out[0] == v) return result(*node, depth + 1);
    }
    return std::nullopt;
  }

 private:
  const Shape& shape(Value v) const { return graph_.info(v).shape; }

  std::optional<Contents> result(const Node& node, int depth) const {
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

  std::optional<Contents> pointwise(const host::Pointwise& op, const Node& node, std::vector<Contents> operands) const {
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
      for (const host::Instruction& step : op.program.steps) {
        // A selection's first operand is its condition.
        const DType from = op.program.type_of(step.function == Function::select ? step.b : step.a);
        const auto next = literal_result(step, from, at(registers, step.a), at(registers, step.b), at(registers, step.c));
        if (!next) return std::nullopt;
        registers.push_back(*next);
      }
      all.push_back(registers.back());
    }
    return all;
  }
  // A program without operands begins with a constant, which reads no register.
  static LiteralNumber at(const Contents& registers, uint8_t index) { return index < registers.size() ? registers[index] : 0; }

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

  std::optional<Contents> gather(int axis, const Node& node, const std::vector<Contents>& operands) const {
    const int64_t behind = inner(node.in[0], axis), extent = shape(node.in[0])[static_cast<size_t>(axis)].size;
    const int64_t rows = behind * extent == 0 ? 0 : static_cast<int64_t>(operands[0].size()) / (behind * extent);
    Contents all;
    for (int64_t row = 0; row < rows; ++row) {
      for (const LiteralNumber id : operands[1]) {
        if (id < 0 || id >= static_cast<LiteralNumber>(extent)) return std::nullopt;
        const auto first = operands[0].begin() + (row * extent + static_cast<int64_t>(id)) * behind;
        all.insert(all.end(), first, first + behind);
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
    Contents places(from.size());
    std::iota(places.begin(), places.end(), LiteralNumber{0});
    Contents all;
    for (const LiteralNumber start : picked(places, kept, 0, kept_strides)) {
      const Contents group = picked(from, reduced, static_cast<int64_t>(start), reduced_strides);
      LiteralNumber total = group[0];
      for (size_t i = 1; i < group.size(); ++i) {
        const auto next = literal_result({.function = *function, .type = type}, type, total, group[i], 0);
        if (!next) return std::nullopt;
        total = *next;
      }
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
};

}  // namespace

std::optional<std::vector<int64_t>> literal_of(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  const DType type = graph.info(v).dtype;
  if (type != DType::int32 && type != DType::int64 && type != DType::boolean) return std::nullopt;
  const auto numbers = Evaluator(graph).value(v);
  return numbers ? std::optional(std::vector<int64_t>(numbers->begin(), numbers->end())) : std::nullopt;
}

std::vector<std::optional<int64_t>> literal_elements(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  const auto whole = literal_of(builder, v);
  if (whole) return {whole->begin(), whole->end()};
  std::vector<std::optional<int64_t>> elements;
  const auto node = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(),
                                 [&](const Node& one) { return one.out.size() == 1 && one.out[0] == v; });
  if (node != graph.nodes.rend() && std::holds_alternative<host::Concat>(node->op)) {
    for (const Value part : node->in) {
      const auto known = literal_of(builder, part);
      for (int64_t i = 0; i < host::elements_of(graph.info(part).shape); ++i)
        elements.push_back(known ? std::optional(known->at(static_cast<size_t>(i))) : std::nullopt);
    }
  }
  elements.resize(static_cast<size_t>(host::elements_of(graph.info(v).shape)));
  return elements;
}

std::optional<std::vector<double>> literal_reals(const Builder& builder, Value v) {
  const Graph& graph = host::graph_of(builder);
  const DType type = graph.info(v).dtype;
  if (type != DType::float32 && type != DType::float64) return std::nullopt;
  const auto numbers = Evaluator(graph).value(v);
  return numbers ? std::optional(std::vector<double>(numbers->begin(), numbers->end())) : std::nullopt;
}

}  // namespace keraunos::loader
