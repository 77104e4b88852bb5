// Walks back from a value to constants. Shapes are numbers while lowering, so tf.shape(x) is a constant, and what programs
// compute from it (indexing, + − × //, stacking) is evaluated here; anything else is not known.
#include "loader/ops/literal.h"

#include <cmath>

#include "host/graph/broadcast.h"
#include "host/graph/graph.h"

namespace keraunos::loader {
namespace {

using Integers = std::vector<int64_t>;
using host::Graph;
using host::Node;

std::optional<Integers> constant_numbers(const Tensor& tensor) {
  if (tensor.dims().elements() > kMaxLiteral) return std::nullopt;
  const auto all = [&]<class T>(T) {
    const auto values = tensor.values<T>();
    return Integers(values.begin(), values.end());
  };
  switch (tensor.dtype()) {
    case DType::int32: return all(int32_t{});
    case DType::int64: return all(int64_t{});
    case DType::boolean: return all(bool{});
    default: return std::nullopt;
  }
}

std::optional<int64_t> unless(bool overflows, const int64_t& result) { return overflows ? std::nullopt : std::optional(result); }

// Nothing where int64 does not hold the result: then it is not known.
std::optional<int64_t> apply(Function function, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (function) {
    case Function::copy:
    case Function::cast: return a;
    case Function::negate: return unless(__builtin_sub_overflow(int64_t{0}, a, &result), result);
    case Function::add: return unless(__builtin_add_overflow(a, b, &result), result);
    case Function::subtract: return unless(__builtin_sub_overflow(a, b, &result), result);
    case Function::multiply: return unless(__builtin_mul_overflow(a, b, &result), result);
    case Function::maximum: return a > b ? a : b;
    case Function::minimum: return a < b ? a : b;
    case Function::floor_divide:
      if (b == 0) return std::nullopt;
      if (b == -1) return unless(__builtin_sub_overflow(int64_t{0}, a, &result), result);
      return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
    case Function::floor_mod:
      if (b == 0) return std::nullopt;
      if (b == -1) return 0;
      return a % b != 0 && (a < 0) != (b < 0) ? a % b + b : a % b;
    default: return std::nullopt;
  }
}

class Evaluator {
 public:
  explicit Evaluator(const Graph& graph) : graph_(graph) {}

  std::optional<Integers> value(Value v, int depth = 0) const {
    const host::ValueInfo& info = graph_.info(v);
    if (is_floating(info.dtype) || info.dtype == DType::string || depth > 32 || host::elements_of(info.shape) > kMaxLiteral)
      return std::nullopt;
    if (info.constant != nullptr) return constant_numbers(*info.constant);
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (node->out.size() == 1 && node->out[0] == v) return result(*node, depth + 1);
    }
    return std::nullopt;
  }

 private:
  std::optional<Integers> result(const Node& node, int depth) const {
    std::vector<Integers> operands;
    for (Value v : node.in) {
      auto known = v ? value(v, depth) : std::nullopt;
      if (!known) return std::nullopt;
      operands.push_back(std::move(*known));
    }
    if (host::traits_of(node.op).is_view) return operands[0];
    if (const auto* op = std::get_if<host::Pointwise>(&node.op)) return pointwise(*op, node, operands);
    const bool vectors = graph_.info(node.out[0]).shape.size() <= 1;
    if (const auto* op = std::get_if<host::Slice>(&node.op); op && vectors) {
      Integers picked;
      const int64_t count = host::elements_of(graph_.info(node.out[0]).shape);
      for (int64_t i = 0; i < count; ++i) picked.push_back(operands[0][static_cast<size_t>(op->start[0] + i * op->step[0])]);
      return picked;
    }
    if (std::holds_alternative<host::Concat>(node.op) && vectors) {
      Integers joined;
      for (const Integers& part : operands) joined.insert(joined.end(), part.begin(), part.end());
      return joined;
    }
    return std::nullopt;
  }

  // Operands of one element or of the result's number of elements.
  std::optional<Integers> pointwise(const host::Pointwise& op, const Node& node, const std::vector<Integers>& operands) const {
    const auto count = static_cast<size_t>(host::elements_of(graph_.info(node.out[0]).shape));
    Integers all;
    for (size_t i = 0; i < count; ++i) {
      Integers registers;
      for (const Integers& operand : operands) {
        if (operand.size() != 1 && operand.size() != count) return std::nullopt;
        registers.push_back(operand[operand.size() == 1 ? 0 : i]);
      }
      for (const host::Instruction& step : op.program.steps) {
        if (step.function == Function::constant && !(std::abs(step.immediate) < 9e18)) return std::nullopt;
        const auto next = step.function == Function::constant ? std::optional(static_cast<int64_t>(step.immediate))
                                                              : apply(step.function, registers[step.a], registers[step.b]);
        if (!next || is_floating(step.type)) return std::nullopt;
        registers.push_back(*next);
      }
      all.push_back(registers.back());
    }
    return all;
  }

  const Graph& graph_;
};

}  // namespace

std::optional<std::vector<int64_t>> literal_of(const Builder& builder, Value v) {
  return Evaluator(host::graph_of(builder)).value(v);
}

}  // namespace keraunos::loader
