// The cell of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: an LSTM whose two products are convolutions. No file holds it alone, because
// Keras does not run an RNN over one. It is channels last.
#include <array>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "host/ops/window.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/common/convolution_config.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/gate_slope.h"
#include "loader/layers/common/stored_weights.h"

namespace keraunos::loader {

std::vector<LayerDef> conv_lstm_cell_layers();

namespace {

int axes_of_cell(const Config& config) { return static_cast<int>(config.integer("rank", Range{1, 3})); }
int64_t filters_of(const Config& config) { return config.integer("filters", Range{1}); }

ConvolutionConfig of_input(const Config& config) { return {config, axes_of_cell(config), false}; }

// (N, T, …) as (N·T, …), so that time is not an axis of the images.
Value with_time_folded(Lowering& l, Value x) {
  const Shape whole = l.shape(x);
  Shape folded{host::product_of(std::span(whole).first(2))};
  folded.insert(folded.end(), whole.begin() + 2, whole.end());
  return l.reshape(x, folded);
}

Value with_time_unfolded(Lowering& l, Value x, Dim batch, Dim steps) {
  Shape whole = l.shape(x);
  whole[0] = steps;
  whole.insert(whole.begin(), batch);
  return l.reshape(x, whole);
}

// The input's contribution to all gates (N·T, spatial…, 4·filters): it depends on no state, so one convolution computes it for
// all steps.
Value projected(Lowering& l, const ConvolutionConfig& convolution, Value x) {
  const Dim width{host::checked_multiply(4, filters_of(l.config()))};
  const Value y = convolution.convolve(l, x, l.weight("kernel", convolution.kernel({l.dim(x, -1).size, width.size})));
  return l.config().flag("use_bias", true) ? l.add(y, l.weight("bias", {width})) : y;
}

// An activation is applied in the layer's own data format, unless it is elementwise.
Value applied(Lowering& l, Value x, std::string_view key) {
  if (!channels_first(l.config()) || is_elementwise(l.config(), l.dialect(), key)) return l.activated(x, key);
  return to_channels_last(l, l.activated(from_channels_last(l, x), key));
}

// The state's convolution has "same" padding, no strides and no dilation.
Value recurrent(Lowering& l, const ConvolutionConfig& convolution, Value h) {
  const int64_t filters = filters_of(l.config());
  const Value kernel = l.weight("recurrent_kernel", convolution.kernel({filters, host::checked_multiply(4, filters)}));
  const std::vector<int64_t> ones(convolution.size.size(), 1);
  if (is_empty_same(l.shape(h), Padding::same)) return nothing_same(l, h, ones, l.dim(kernel, -1));
  return l.convolve(h, kernel, window_over(l.shape(h), Padding::same, convolution.size, ones, ones));
}

std::vector<Value> step(Lowering& l, const ConvolutionConfig& convolution, Value x, Value h, Value c) {
  const Value all = l.add(x, recurrent(l, convolution, h));
  const int64_t filters = filters_of(l.config());
  const auto gate = [&](int64_t index, std::string_view key) {
    return applied(l, l.slice_axis(all, -1, index * filters, filters), key);
  };
  const Value kept = l.multiply(gate(1, "recurrent_activation"), c);
  const Value cell = l.add(kept, l.multiply(gate(0, "recurrent_activation"), gate(2, "activation")));
  const Value output = l.multiply(gate(3, "recurrent_activation"), applied(l, cell, "activation"));
  return {output, output, cell};
}

// (N, T, C, spatial…) and (N, T, spatial…, C): time is folded into the batch during the transpose.
Value sequence_from_channels_last(Lowering& l, Value y) {
  if (!channels_first(l.config())) return y;
  return with_time_unfolded(l, from_channels_last(l, with_time_folded(l, y)), l.dim(y, 0), l.dim(y, 1));
}

void check_call(Lowering& l, const SequenceCall& call) {
  const Value x = call.sequence.value;
  const int rank = axes_of_cell(l.config()) + 3;
  if (l.rank(x) != rank)
    l.refuse("needs an input of rank " + std::to_string(rank) + " (batch, time, …), found " + l.dims(x).to_string());
  if (call.sequence.mask && l.rank(call.sequence.mask) > 2 && channels_first(l.config()))
    l.refuse("has a mask of shape " + l.dims(call.sequence.mask).to_string() +
             " before channels_first images, expected (batch, time)");
}

std::vector<Traced> lower_conv_lstm_cell(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{}) > 0 || l.config().number("recurrent_dropout", 0, RealRange{}) > 0)
    refuse_training(l);
  const auto given = sequence_call(l);
  if (!given) l.refuse("is used outside of a ConvLSTM layer, where no Keras version runs it");
  check_call(l, *given);
  const ConvolutionConfig convolution = of_input(l.config());
  const Value images = to_channels_last(l, with_time_folded(l, as_computed(l, given->sequence.value)));
  const Value x = projected(l, convolution, images);
  SequenceCall call = *given;
  call.sequence.value = with_time_unfolded(l, x, l.dim(given->sequence.value, 0), l.dim(given->sequence.value, 1));
  for (Traced& state : call.initial_state) state.value = to_channels_last(l, as_computed(l, state.value));
  if (l.dialect().before(3, 0)) call.zero_output_for_mask = false;  // Keras 2 does not pass it to the loop

  Shape state = l.shape(x);
  state[0] = l.dim(given->sequence.value, 0), state.back() = {filters_of(l.config())};
  std::vector<Traced> results = loop_over_steps(l, call, {state, state}, [&](Value slice, const std::vector<Value>& states) {
    return step(l, convolution, slice, states[0], states[1]);
  });
  for (size_t i = 0; i < results.size(); ++i) {
    const bool sequence = i == 0 && call.return_sequences;
    results[i].value = sequence ? sequence_from_channels_last(l, results[i].value) : from_channels_last(l, results[i].value);
  }
  return results;
}

std::vector<Shape> states_of_step(Lowering& l, const Config& config, const Shape& given) {
  const ConvolutionConfig convolution = of_input(config);
  const bool first = channels_first(config);
  if (given.size() != convolution.size.size() + 2)
    l.refuse("needs an input of rank " + std::to_string(convolution.size.size() + 3) + " (batch, time, …)");
  Shape step = given;
  if (first) step.push_back(step[1]), step.erase(step.begin() + 1);
  const Window window = window_over(step, convolution.padding, convolution.size, convolution.stride, convolution.dilation);
  Shape state = host::window_results(host::graph_of(l), {.shape = step, .dtype = l.compute_dtype()}, window);
  state.back() = {filters_of(config)};
  if (first) state.insert(state.begin() + 1, state.back()), state.pop_back();
  return {state, state};
}

std::vector<WeightName> conv_lstm_weights(const Config& config) {
  std::vector<WeightName> names{{.name = "kernel"}, {.name = "recurrent_kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

void convert_conv_lstm(const Config& config, StoredWeights weights, bool keras1) {
  if (axes_of_cell(config) == 2) convert_conv_lstm2d(config, weights, keras1);
}

}  // namespace

std::vector<LayerDef> conv_lstm_cell_layers() {
  return {{.classes = {"ConvLSTMCell"},
           .keys = {"rank", "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation",
                    "recurrent_activation", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout"},
           .weights = conv_lstm_weights,
           .children = {},
           .lower = lower_conv_lstm_cell,
           .traits = std::make_shared<const LayerTraits>(
               LayerTraits{.keras1_gates = kKeras1GatesOfLstm,
                           .convert_weights = convert_conv_lstm,
                           .weights_to_keras3 =
                               [](const Config& config, StoredWeights weights) {
                                 steepen_gates(config, weights, 4, std::array<size_t, 3>{0, 1, 3});
                               },
                           .takes_whole_sequence = [](const Config&, const Dialect&) { return true; },
                           .states_of_step = states_of_step})}};
}

}  // namespace keraunos::loader
