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
  return objects;
}

}  // namespace keraunos
