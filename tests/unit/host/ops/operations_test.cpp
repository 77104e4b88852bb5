// Operations are distinguished by equality, text and hash.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "host/graph/graph.h"

namespace keraunos::host {
namespace {

Program program(Function function, double immediate = 0, DType type = DType::float32) {
  Program made{.inputs = {type}, .steps = {}};
  made.append({.function = function, .type = type, .immediate = immediate});
  return made;
}

Window changed(std::array<int64_t, 3> Window::*field) {
  Window made{};
  (made.*field)[1] = 2;
  return made;
}
std::vector<Window> windows() {
  return {{},
          changed(&Window::size),
          changed(&Window::stride),
          changed(&Window::dilation),
          changed(&Window::low),
          changed(&Window::high)};
}

class NamedKernel : public Kernel {
 public:
  NamedKernel(std::string name, std::string parameters) : name_(std::move(name)), parameters_(std::move(parameters)) {}
  std::string name() const override { return name_; }
  std::string parameters() const override { return parameters_; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return {}; }

 private:
  std::string name_, parameters_;
};

Op call(const std::string& name, const std::string& parameters) { return Call{std::make_shared<NamedKernel>(name, parameters)}; }

// A body of one step, which adds `value` to the state.
std::shared_ptr<const Graph> body(float value, Function function = Function::add) {
  auto graph = std::make_shared<Graph>();
  Builder build(*graph);
  graph->inputs = {graph->add_value({.shape = {{2}, {3}}}), graph->add_value({.shape = {{2}, {3}}})};
  Tensor numbers(DType::float32, Dims{3});
  for (float& number : numbers.mutable_values<float>()) number = value;
  const Value next = build.binary(function, graph->inputs[0], build.constant(std::make_shared<const Tensor>(std::move(numbers))));
  graph->outputs = {next, next};
  return graph;
}

// Operations of which any two differ: for each kind one with default fields, and one more for each of its fields.
std::vector<Op> different() {
  std::vector<Op> ops{
      Pointwise{program(Function::relu)},
      Pointwise{program(Function::tanh)},
      Pointwise{program(Function::relu, 0, DType::float64)},
      Pointwise{program(Function::leaky_relu, 1e-7)},
      Pointwise{program(Function::leaky_relu, 1.0000000001e-7)},
      Pointwise{program(Function::leaky_relu, 0)},
      Pointwise{program(Function::leaky_relu, -0.0)},
      Pointwise{program(Function::leaky_relu, std::nan(""))},
      MatMul{},
      MatMul{.transpose_a = true},
      MatMul{.transpose_b = true},
      MatMul{.epilogue = program(Function::relu)},
      MatMul{.epilogue = program(Function::elu, 0.5)},
      Conv{.groups = 2},
      Conv{.epilogue = program(Function::relu)},
      Pool{.kind = Pool::average},
      Reduce{.axes = {1}},
      Reduce{.kind = Reduction::mean, .axes = {1}},
      Reduce{.axes = {1, 2}},
      Reduce{.axes = {12}},
      Reduce{.axes = {1}, .keep_dims = true},
      Softmax{},
      Softmax{.log = true},
      LayerNorm{},
      LayerNorm{.axes = 2},
      LayerNorm{.epsilon = 1e-7},
      LayerNorm{.epsilon = 1e-8},
      Reshape{},
      Transpose{{1, 0}},
      Transpose{{0, 2, 1}},
      Slice{{0}, {1}},
      Slice{{1}, {1}},
      Slice{{0}, {-1}},
      Concat{0},
      Concat{1},
      Pad{{1}, {0}, 0},
      Pad{{0}, {1}, 0},
      Pad{{1}, {0}, 1e-9},
      Pad{{1}, {0}, -0.0},
      Gather{.axis = 0},
      Gather{.axis = 1},
      Gather{.axis = 1, .from_end = true},
      Interleave{.parts = {{}}},
      Interleave{.stride = {2, 1, 1}, .parts = {{}}},
      Interleave{.start = {0, 1, 0}, .parts = {{}}},
      Interleave{.size = {1, 1, 3}, .parts = {{}}},
      Interleave{.parts = {{}, {}}},
      Interleave{.parts = {{.first = {0, 1, 0}}}},
      Interleave{.parts = {{.count = {1, 1, 2}}}},
      Resample{},
      Resample{.axis = 1},
      Resample{.lerp = true},
      Sort{},
      Sort{.results = Sort::places},
      Sort{.results = Sort::both},
      Sort{.descending = true},
      Sort{.first = 0},
      Sort{.first = 3},
      LinearAlgebra{LinearAlgebra::cholesky},
      LinearAlgebra{LinearAlgebra::determinant},
      LinearAlgebra{LinearAlgebra::solve_upper},
      Scan{},
      Scan{.kind = Scan::product},
      Scan{.kind = Scan::log_sum_exp},
      Scan{.axis = 1},
      Scan{.exclusive = true},
      Scan{.reverse = true},
      Scatter{},
      Scatter{.combine = Combine::add},
      Scatter{.combine = Combine::maximum},
      Scatter{.drop_negative = true},
      Recurrent{},
      Recurrent{.kind = Recurrent::gru},
      Recurrent{.kind = Recurrent::simple},
      Recurrent{.activation = {Function::relu}},
      Recurrent{.activation = {Function::tanh, 0.5}},
      Recurrent{.recurrent_activation = {Function::hard_sigmoid, 0.2}},
      Recurrent{.recurrent_activation = {Function::hard_sigmoid, 1.0 / 6}},
      Recurrent{.kind = Recurrent::simple, .recurrent_activation = {Function::relu}},
      Recurrent{.reset_after = false},
      Recurrent{.kind = Recurrent::gru, .reset_after = false},
      Recurrent{.kind = Recurrent::simple, .reset_after = false},
      Recurrent{.go_backwards = true},
      Recurrent{.return_sequences = true},
      Recurrent{.zero_output_for_mask = true},
      Attention{},
      Attention{.scale = 0.125},
      Attention{.causal = true},
      Attention{.window = 0},
      Attention{.window = 3},
      Attention{.zero_masked = false},
      Attention{.return_scores = true},
      Loop{},
      Loop{.body = nullptr, .carried = 1},
      Loop{.body = nullptr, .sliced = 1},
      Loop{.body = nullptr, .stacked = 1},
      Loop{.body = nullptr, .backwards = true},
      Loop{.body = body(1)},
      Loop{.body = body(2)},
      Loop{.body = body(1, Function::multiply)},
      Loop{.body = body(1), .condition = body(1)},
      Loop{.body = nullptr, .condition = body(1)},
      Loop{.body = nullptr, .steps = 0},
      Loop{.body = nullptr, .steps = 5},
      Branch{},
      Branch{.then = body(1)},
      Branch{.otherwise = body(1)},
      Branch{.then = body(1), .otherwise = body(2)},
      Call{},
      call("split", "a b"),
      call("split", "a"),
      call("join", "a"),
  };
  for (const Window& w : windows()) ops.push_back(Conv{.window = w});
  for (const Window& w : windows()) ops.push_back(Pool{.window = w});
  return ops;
}

TEST(Operations, EqualityTextAndHashTellEveryFieldApart) {
  const std::vector<Op> ops = different();
  for (size_t i = 0; i < ops.size(); ++i) {
    EXPECT_EQ(ops[i], ops[i]) << describe(ops[i]);
    for (size_t k = 0; k < i; ++k) {
      EXPECT_FALSE(ops[i] == ops[k]) << describe(ops[i]);
      EXPECT_NE(describe(ops[i]), describe(ops[k]));
      EXPECT_NE(hash_of(ops[i]), hash_of(ops[k])) << describe(ops[i]) << " and " << describe(ops[k]);
    }
  }
}

TEST(Operations, EqualOnesOfOtherAddressesAreEqual) {
  const std::vector<Op> first = different(), second = different();
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i], second[i]) << describe(first[i]);
    EXPECT_EQ(hash_of(first[i]), hash_of(second[i])) << describe(first[i]);
    EXPECT_EQ(describe(first[i]), describe(second[i]));
  }
}

class Other final : public NamedKernel {
 public:
  using NamedKernel::NamedKernel;
};

TEST(Operations, KernelsOfTwoClassesDifferWhateverTheirNames) {
  const Op named = call("split", "a"), other = Call{std::make_shared<Other>("split", "a")};
  EXPECT_FALSE(named == other);
}

TEST(Operations, NumbersReadBackAsTheyWere) {
  for (const double number : {0.1, 1e-7, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0}) {
    EXPECT_EQ(Number(std::strtod(text_of(Number(number)).c_str(), nullptr)), Number(number)) << text_of(Number(number));
  }
  EXPECT_EQ(text_of(Number(1e-7)), "1e-07");
}

// An operation with all its members, and several that lack one member each: these do not compile as members of Op.
struct Whole {
  static constexpr OpTraits traits{.may_fault = true, .has_cost = true};
  std::string text() const { return {}; }
  void mix(Hash&) const {}
  Types infer(const NodeView&) const { return {}; }
  int rows(const RowRule&) const { return 0; }
  OpCost cost(const NodeView&) const { return {}; }
  std::string fault_text(const NodeView&) const { return {}; }
  friend bool operator==(const Whole&, const Whole&) = default;
};
struct NoText : Whole {
  std::string text() const = delete;
};
struct NoHash : Whole {
  void mix(Hash&) const = delete;
};
struct NoTypes : Whole {
  Types infer(const NodeView&) const = delete;
};
struct NoRows : Whole {
  int rows(const RowRule&) const = delete;
};
struct NoCost : Whole {
  OpCost cost(const NodeView&) const = delete;
};
struct NoFaultText : Whole {
  std::string fault_text(const NodeView&) const = delete;
};
struct TwoRules : Whole {
  void check(const NodeView&) const {}
};
struct NoGraphs : Whole {
  static constexpr OpTraits traits{.is_nested = true};
};
struct NoEquality {
  static constexpr OpTraits traits{};
  std::string text() const { return {}; }
  void mix(Hash&) const {}
  Types infer(const NodeView&) const { return {}; }
  int rows(const RowRule&) const { return 0; }
};
static_assert(Operation<Whole> && !Operation<NoText> && !Operation<NoHash> && !Operation<NoTypes> && !Operation<NoRows>);
static_assert(!Operation<NoCost> && !Operation<NoFaultText> && !Operation<TwoRules> && !Operation<NoGraphs> &&
              !Operation<NoEquality>);

TEST(Operations, FaultsAreNamedByOperationsThatFindThem) {
  Graph graph;
  Builder build(graph);
  const Value table = graph.add_value({.shape = {{5}, {2}}}), ids = graph.add_value({.shape = {{3}}, .dtype = DType::int32});
  build.gather(table, ids);
  build.softmax(table, -1);
  EXPECT_EQ(fault_text(graph.nodes[0].op, {graph, graph.nodes[0]}), "expected ids from 0 to 4, found ");
  EXPECT_EQ(fault_text(graph.nodes[1].op, {graph, graph.nodes[1]}), "");
}

}  // namespace
}  // namespace keraunos::host
