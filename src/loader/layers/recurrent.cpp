// RNN over a cell, and the layers that are RNNs over one built-in cell: SimpleRNN, GRU, LSTM, their cuDNN counterparts of
// TensorFlow 1, and ConvLSTM.
#include "loader/layers/recurrent.h"

#include <algorithm>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> recurrent_layers();

namespace {

using files::Json;

Value with_swapped_time(Lowering& l, Value v) {
  if (!v || l.rank(v) < 2) return v;
  std::vector<int> order{1, 0};
  for (int axis = 2; axis < l.rank(v); ++axis) order.push_back(axis);
  return l.transpose(v, order);
}

// Keras 2 passes states after the sequence in the first argument or in initial_state; Keras 3 only in the latter. In Keras 3
// states with a single row apply to every row.
std::vector<Traced> given_states(Lowering& l, Value batch_first) {
  if (l.keyword("constants") != nullptr && !l.keyword("constants")->is_none())
    l.refuse("is called with constants, which only custom cells take");
  const Arg* given = argument(l, 1, "initial_state");
  std::vector<Traced> states = given != nullptr ? state_tensors(l, *given) : further_inputs(l);
  for (Traced& state : states) state.value = spread_over_batch(l, state.value, batch_first);
  return states;
}

std::vector<Shape> shapes_of_states(Lowering& l, const Shape& sequence) {
  const LayerTraits& cell = traits_of(l.child_class("cell"));
  if (cell.states_of_step && l.child_is_built_in("cell")) {
    Shape step = sequence;
    step.erase(step.begin() + 1);
    return cell.states_of_step(l, l.child_config("cell"), step);
  }
  std::vector<Shape> shapes;
  for (const Dims& sizes : l.child_states("cell")) {
    shapes.push_back({sequence[0]});
    for (int64_t size : sizes) shapes.back().push_back({size});
  }
  return shapes;
}

// A Session keeps the states of a stateful layer from one call to the next.
struct KeptStates {
  bool kept = false;

  std::string name(size_t index) const { return "state_" + std::to_string(index); }
  void read(Lowering& l, SequenceCall& call) {
    kept = l.config().flag("stateful", false);
    if (!kept) return;
    if (!call.initial_state.empty()) {
      if (l.dialect().before(3, 0))
        l.refuse("is stateful and given an initial state, which Keras 2 uses only while its own state is zero");
      return;
    }
    for (const Shape& shape : shapes_of_states(l, l.shape(call.sequence.value)))
      call.initial_state.push_back({l.state(name(call.initial_state.size()), shape, l.compute_dtype()), {}});
  }
  void write(Lowering& l, const std::vector<Traced>& states) const {
    for (size_t i = 0; kept && i < states.size(); ++i) l.keep(name(i), states[i].value);
  }
};

// A peculiarity of Keras 2.15 and 3.15: unrolled backwards, the sequence of outputs is reversed, but the mask that zeroes it is
// not.
bool zeroes_other_steps(const Config& config, const SequenceCall& call) {
  return config.flag("unroll", false) && call.go_backwards && call.return_sequences && call.zero_output_for_mask &&
         call.sequence.mask;
}

Value zeroed(Lowering& l, Value sequence, Value mask) {
  Shape steps(static_cast<size_t>(l.rank(sequence)), Dim{1});
  steps[0] = l.dim(mask, 0), steps[1] = l.dim(mask, 1);
  return l.select(l.reshape(as_boolean(l, mask), steps), sequence, l.scalar(0, l.dtype(sequence)));
}

// A mask (batch, time, 1) is used as (batch, time). If a mask has more steps than the sequence, Keras uses the first ones in
// the order of processing.
Value fitted_mask(Lowering& l, Value mask, Value sequence, bool from_end) {
  if (!mask) return mask;
  if (l.rank(sequence) == 3 && l.rank(mask) == 3 && l.dim(mask, 2).size == 1) mask = l.squeeze(mask, 2);
  const int64_t given = l.rank(mask) < 2 ? 0 : l.dim(mask, 1).size, steps = l.dim(sequence, 1).size;
  return given > steps ? l.slice_axis(mask, 1, from_end ? given - steps : 0, steps) : mask;
}

std::vector<Traced> lower_sequence(Lowering& l, bool time_major) {
  const Config& config = l.config();
  if (config.number("dropout", 0, RealRange{}) > 0 || config.number("recurrent_dropout", 0, RealRange{}) > 0) refuse_training(l);
  if (config.has("num_constants")) config.fail("num_constants", "null");
  const Traced first = first_input(l);
  const bool return_sequences = config.flag("return_sequences", false);
  const Value x = first.value, mask = mask_argument(l, first);
  if (l.rank(x) < 3) l.refuse("needs an input of shape (batch, time, …), found " + l.dims(x).to_string());
  const Value sequence = time_major ? with_swapped_time(l, x) : x;
  const std::vector<Traced> initial_state = given_states(l, sequence);
  const Value used = mask_of_sequence(l, first, !initial_state.empty());
  if (used && l.rank(used) > 2 && config.flag("unroll", false))
    l.refuse("is unrolled and has a mask of shape " + l.dims(used).to_string() + ", expected (batch, time)");
  const bool go_backwards = config.flag("go_backwards", false);
  SequenceCall call{
      .sequence = {sequence, fitted_mask(l, time_major ? with_swapped_time(l, used) : used, sequence, go_backwards)},
      .initial_state = initial_state,
      .go_backwards = go_backwards,
      .return_sequences = return_sequences,
      // Bidirectional sets it for its layers and overrides their own configs.
      .zero_output_for_mask = flag_argument(l, "zero_output_for_mask", config.flag("zero_output_for_mask", false)),
  };
  KeptStates states;
  states.read(l, call);
  const bool zeroed_after = zeroes_other_steps(config, call);
  call.zero_output_for_mask = call.zero_output_for_mask && !zeroed_after;
  std::vector<Traced> results = call_cell(l, "cell", call);
  if (zeroed_after) results[0].value = zeroed(l, results[0].value, call.sequence.mask);
  states.write(l, {results.begin() + 1, results.end()});
  if (return_sequences) results[0] = {time_major ? with_swapped_time(l, results[0].value) : results[0].value, mask};
  if (!config.flag("return_state", false)) results.resize(1);
  return results;
}

std::vector<Traced> lower_rnn(Lowering& l) { return lower_sequence(l, l.config().flag("time_major", false)); }

// Keras 2 ignores time_major here.
std::vector<Traced> lower_convolving_rnn(Lowering& l) { return lower_sequence(l, false); }

const std::set<std::string>& rnn_keys() {
  static const std::set<std::string> keys{"return_sequences", "return_state",         "go_backwards",  "stateful", "unroll",
                                          "time_major",       "zero_output_for_mask", "num_constants", "use_cudnn"};
  return keys;
}

// Keras 3 does not support constant inputs of a cell.
void without_constants(Json& config) {
  const Json* constants = config.find("num_constants");
  if (constants == nullptr) return;
  if (!constants->is_null() && *constants != Json(int64_t{0})) throw ConversionError{"takes constants, which Keras 3 does not"};
  config = without_key(config, "num_constants");
}

LayerDef rnn() {
  LayerDef def{.classes = {"RNN"}, .keys = rnn_keys(), .weights = {}, .children = {}, .lower = lower_rnn};
  def.keys.insert("cell");
  def.children = [](const Config& config) {
    return std::vector<ChildName>{{.attribute = "cell", .aliases = {}, .config = config.layer("cell")}};
  };
  def.traits =
      std::make_shared<const LayerTraits>(LayerTraits{.config_to_keras3 = without_constants, .lists_states_with_input = true});
  return def;
}

using BuiltIn = LayerOverCell;

// The keys of the layer that belong to its cell.
std::vector<std::string> cell_keys(const BuiltIn& built_in) {
  std::vector<std::string> keys{"activation", "recurrent_activation", "use_bias"};
  const std::vector<std::string> dense{"units", "reset_after"};
  const std::vector<std::string> convolving{"filters", "kernel_size", "strides", "padding", "dilation_rate", "data_format"};
  keys.insert(keys.end(), built_in.axes > 0 ? convolving.begin() : dense.begin(),
              built_in.axes > 0 ? convolving.end() : dense.end());
  keys.insert(keys.end(), built_in.further_keys.begin(), built_in.further_keys.end());
  return keys;
}

// The layer's own keys configure its cell.
std::shared_ptr<const Json> cell_of(const BuiltIn& built_in, const Config& layer) {
  Json config = Json::object();
  config.set("name", built_in.cell_name);
  const auto copy = [&](const std::string& key) {
    if (const Json* value = layer.json().find(key)) config.set(key, *value);
  };
  for (const char* key : {"trainable", "dtype"}) copy(key);
  for (const std::string& key : cell_keys(built_in)) copy(key);
  if (built_in.axes > 0) config.set("rank", int64_t{built_in.axes});
  // cuDNN's layers state no activations: tanh and sigmoid, and reset_after for a GRU.
  if (built_in.cudnn) config.set("activation", "tanh").set("recurrent_activation", "sigmoid").set("reset_after", true);
  Json cell = Json::object();
  cell.set("class_name", built_in.cell).set("config", std::move(config));
  return std::make_shared<const Json>(std::move(cell));
}

// cuDNN's activations are the defaults of Keras 3, which writes them nevertheless. In Keras 1 files all cells are read with
// reset_after.
void change_to_keras3(const BuiltIn& built_in, Json& config) {
  if (built_in.cudnn) config.set("activation", "tanh").set("recurrent_activation", "sigmoid");
  if (built_in.cell != "GRUCell") config = without_key(config, "reset_after");
}

}  // namespace

LayerDef over_cell(const LayerOverCell& built_in) {
  LayerDef def{.classes = {built_in.layer},
               .keys = rnn_keys(),
               .weights = {},
               .children = {},
               .lower = built_in.axes > 0 ? lower_convolving_rnn : lower_rnn};
  for (const std::string& key : cell_keys(built_in)) def.keys.insert(key);
  for (const char* key : {"unit_forget_bias", "dropout", "recurrent_dropout"}) def.keys.insert(key);
  if (built_in.axes == 0) def.keys.insert("implementation");
  def.children = [built_in](const Config& config) {
    return std::vector<ChildName>{{.attribute = "cell", .aliases = {}, .config = cell_of(built_in, config)}};
  };
  def.traits = std::make_shared<const LayerTraits>(
      LayerTraits{.class_in_keras3 = built_in.cudnn ? (built_in.cell == std::string("GRUCell") ? "GRU" : "LSTM") : std::string(),
                  .config_to_keras3 = [built_in](Json& config) { change_to_keras3(built_in, config); },
                  .lists_states_with_input = true,
                  .makes_its_children = true});
  return def;
}

std::vector<LayerDef> recurrent_layers() {
  return {
      rnn(),
      over_cell({"SimpleRNN", "SimpleRNNCell", "simple_rnn_cell"}),
      over_cell({"GRU", "GRUCell", "gru_cell"}),
      over_cell({"LSTM", "LSTMCell", "lstm_cell"}),
      over_cell({"CuDNNGRU", "GRUCell", "gru_cell", true}),
      over_cell({"CuDNNLSTM", "LSTMCell", "lstm_cell", true}),
      over_cell({.layer = "ConvLSTM1D", .cell = "ConvLSTMCell", .cell_name = "conv_lstm_cell", .axes = 1}),
      over_cell({.layer = "ConvLSTM2D", .cell = "ConvLSTMCell", .cell_name = "conv_lstm_cell", .axes = 2}),
      over_cell({.layer = "ConvLSTM3D", .cell = "ConvLSTMCell", .cell_name = "conv_lstm_cell", .axes = 3}),
  };
}

}  // namespace keraunos::loader
