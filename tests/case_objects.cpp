#include "case_objects.h"

#include <numeric>

#include "sine_kernel.h"

namespace keraunos {
namespace {

std::vector<Traced> lower_wobble(Lowering& l, std::atomic<int>* launches) {
  const Traced x = l.input();
  const Value amplitude = l.weight("amplitude", {l.dim(x.value, -1)});
  const Value operands[] = {x.value};
  const Value sine = l.call(make_sine_kernel(l.config().number("frequency", 1), launches), operands)[0];
  return {{l.add(l.multiply(amplitude, x.value), sine), x.mask}};
}

std::vector<Traced> lower_minimal_gated_cell(Lowering& l) {
  const Value x = l.input().value;
  const Arg::List& states = *l.arguments().at(1).list();
  const Value h = states.at(0).tensor()->value, m = states.at(1).tensor()->value;
  const int64_t units = l.config().integer("units");
  const Dim width{2 * units};
  const Value given = l.add(l.matmul(x, l.weight("kernel", {l.dim(x, -1), width})), l.weight("bias", {width}));
  const Value recurrent = l.weight("recurrent_kernel", {{units}, width});
  const auto half = [&](Value both, int64_t index) { return l.slice_axis(both, -1, index * units, units); };
  const Value forget = l.unary(Function::sigmoid, l.add(half(given, 0), l.matmul(h, half(recurrent, 0))));
  const Value candidate = l.unary(Function::tanh, l.add(half(given, 1), l.matmul(l.multiply(forget, h), half(recurrent, 1))));
  const Value next = l.add(h, l.multiply(forget, l.subtract(candidate, h)));
  const double decay = l.config().number("decay", 0.5);
  const Value mean = l.add(l.multiply(m, decay), l.multiply(next, 1 - decay));
  const Value output[] = {next, mean};
  return {{l.concatenate(output, -1)}, {next}, {mean}};
}

Value centred(Builder& b, Value x) {
  std::vector<int> axes(static_cast<size_t>(b.rank(x)));
  std::iota(axes.begin(), axes.end(), 0);
  return b.subtract(x, b.reduce(Reduction::mean, x, axes, true));
}

// An RNN over a MinimalGatedCell that the layer creates itself.
std::vector<Traced> lower_minimal_gated_unit(Lowering& l) {
  const Config& config = l.config();
  const std::vector<Traced> given = l.inputs();  // Keras 2 passes the states after the sequence
  if (given.empty()) l.refuse("is called without a sequence");
  SequenceCall call{.sequence = given[0],
                    .go_backwards = config.flag("go_backwards", false),
                    .return_sequences = config.flag("return_sequences", false),
                    .zero_output_for_mask = config.flag("zero_output_for_mask", false)};
  if (const Arg* zeros = l.keyword("zero_output_for_mask")) {  // set by a Bidirectional around it
    const bool* flag = std::get_if<bool>(&zeros->value);
    call.zero_output_for_mask = flag != nullptr && *flag;
  }
  call.initial_state.assign(given.begin() + 1, given.end());
  if (const Arg* states = l.keyword("initial_state"); states != nullptr && states->list() != nullptr) {
    for (const Arg& state : *states->list()) {
      if (state.tensor() == nullptr) l.refuse("is given an initial state that is no tensor");
      call.initial_state.push_back(*state.tensor());
    }
  }
  const std::vector<Dims> sizes = l.child_states("cell");
  const bool stateful = config.flag("stateful", false);
  for (size_t i = 0; stateful && i < sizes.size(); ++i) {
    const Shape shape{l.dim(call.sequence.value, 0), {sizes[i][0]}};
    call.initial_state.push_back({l.state("state_" + std::to_string(i), shape, l.compute_dtype()), {}});
  }
  std::vector<Traced> results = l.run_cell("cell", call);
  for (size_t i = 0; stateful && i < sizes.size(); ++i) l.keep("state_" + std::to_string(i), results[i + 1].value);
  if (call.return_sequences) results[0].mask = call.sequence.mask;
  if (!config.flag("return_state", false)) results.resize(1);
  return results;
}

std::vector<ChildName> minimal_gated_cell_of(const Config& config) {
  const std::string cell = R"({"units": )" + std::to_string(config.integer("units", Range{1})) + R"(, "decay": )" +
                           std::to_string(config.number("decay", 0.5)) + '}';
  return {{.attribute = "cell", .aliases = {}, .config = {"Shop>MinimalGatedCell", cell}}};
}

// s = s + rate (x - s) over the steps, from bias; a masked step keeps s.
std::vector<Traced> lower_smoothed_steps(Lowering& l) {
  const Traced x = l.input();
  const Shape features{l.dim(x.value, -1)}, row{l.dim(x.value, 0), features[0]};
  LoopOperands operands{.carried = {l.broadcast_to(l.weight("bias", features), row)},
                        .sequences = {x.value},
                        .captured = {l.broadcast_to(l.weight("rate", features), row)},
                        .backwards = l.config().flag("go_backwards", false)};
  if (x.mask) operands.sequences.push_back(x.mask);
  const bool sequences = l.config().flag("return_sequences", false);
  const LoopResults results = l.loop(operands, [&](const LoopStep& step) -> LoopResults {
    const Value before = step.carried[0], change = l.multiply(step.captured[0], l.subtract(step.slices[0], before));
    Value after = l.add(before, change);
    if (step.slices.size() > 1) after = l.select(l.expand_dims(step.slices[1], 1), after, before);
    if (!sequences) return {.carried = {after}};
    return {.carried = {after}, .stacked = {after}};
  });
  if (!sequences) return {{results.carried[0], {}}};
  return {{results.stacked[0], x.mask}};
}

Value tilted(Lowering& l, Value y_true, Value y_pred, double q) {
  const Value error = l.subtract(y_true, y_pred);
  return l.reduce(Reduction::mean, l.binary(Function::maximum, l.multiply(error, q), l.multiply(error, q - 1)), {{-1}});
}

Value error_of(Lowering& l, Value y_true, Value y_pred) { return l.unary(Function::abs, l.subtract(y_true, y_pred)); }

Value reduced(Builder& b, Reduction reduction, Value x) {
  std::vector<int> axes(static_cast<size_t>(b.rank(x)));
  std::iota(axes.begin(), axes.end(), 0);
  return b.reduce(reduction, x, axes);
}

// The losses and metrics of tests/cases/generate/evaluate_custom.py.
void add_comparisons(CustomObjects& objects) {
  objects.loss("Shop>tilted", [](Lowering& l, Value y_true, Value y_pred) { return tilted(l, y_true, y_pred, 0.9); });
  objects.metric("Shop>tilted", [](Lowering& l, Value y_true, Value y_pred) { return tilted(l, y_true, y_pred, 0.9); });
  objects.loss("Shop>Tilted",
               [](Lowering& l, Value y_true, Value y_pred) { return tilted(l, y_true, y_pred, l.config().number("q", 0.5)); });
  objects.loss("Shop>whole", [](Lowering& l, Value y_true, Value y_pred) {
    return reduced(l, Reduction::mean, l.unary(Function::square, l.subtract(y_true, y_pred)));
  });
  objects.metric("Shop>within", expression_comparison("tf.cast(tf.abs(y_true - y_pred) < 0.5, 'float32')"));
  objects.stateful_metric("Shop>LargestError", [](Lowering& l, Value y_true, Value y_pred) {
    const Value here = reduced(l, Reduction::maximum, error_of(l, y_true, y_pred));
    const Value largest = l.binary(Function::maximum, l.state("largest", {}, DType::float32), here);
    l.keep("largest", largest);
    return l.multiply(largest, l.config().number("scale", 1));
  });
  objects.stateful_metric("Shop>WeightedError", [](Lowering& l, Value y_true, Value y_pred) {
    const Value errors = l.reduce(Reduction::mean, error_of(l, y_true, y_pred), {{-1}});
    Value weight = l.broadcast_to(l.scalar(1, DType::float32), l.shape(errors));
    if (const Arg* given = l.keyword("sample_weight")) weight = l.reshape(given->tensor()->value, l.shape(errors));
    const Value total = l.add(l.state("total", {}, DType::float32), reduced(l, Reduction::sum, l.multiply(weight, errors)));
    const Value weights = l.add(l.state("weights", {}, DType::float32), reduced(l, Reduction::sum, weight));
    l.keep("total", total), l.keep("weights", weights);
    return l.divide(total, weights);
  });
}

}  // namespace

CustomObjects case_objects(std::atomic<int>* sine_launches) {
  CustomObjects objects;
  objects.layer({.classes = {"Shop>Wobble", "Wobble"},
                 .keys = {"frequency"},
                 .weights = [](const Config&) { return std::vector<WeightName>{{"amplitude"}}; },
                 .children = {},
                 .lower = [sine_launches](Lowering& l) { return lower_wobble(l, sine_launches); }});
  objects.layer({.classes = {"Shop>MinimalGatedCell", "MinimalGatedCell"},
                 .keys = {"units", "decay"},
                 .weights =
                     [](const Config&) {
                       return std::vector<WeightName>{{"kernel"}, {"recurrent_kernel"}, {"bias"}};
                     },
                 .children = {},
                 .lower = lower_minimal_gated_cell,
                 .states = [](const Config& config) { return std::vector<Dims>(2, Dims{config.integer("units")}); }});
  objects.function("Shop>centred", centred);
  objects.layer({.classes = {"Shop>MinimalGatedUnit", "MinimalGatedUnit"},
                 .keys = {"units", "decay", "return_sequences", "return_state", "go_backwards", "stateful", "unroll",
                          "zero_output_for_mask", "time_major"},
                 .children = minimal_gated_cell_of,
                 .lower = lower_minimal_gated_unit});
  objects.layer({.classes = {"Shop>SmoothedSteps", "SmoothedSteps"},
                 .keys = {"return_sequences", "go_backwards"},
                 .weights =
                     [](const Config&) {
                       return std::vector<WeightName>{{"rate"}, {"bias"}};
                     },
                 .lower = lower_smoothed_steps});
  add_comparisons(objects);
  return objects;
}

}  // namespace keraunos
