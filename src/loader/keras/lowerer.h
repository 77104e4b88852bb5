// Lowers a LayerGraph to a host::Graph for inputs of given shapes.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "host/graph/graph.h"
#include "keraunos/model.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// The results of one layer's last call, for summary() and with_outputs().
struct LayerOutputs {
  std::vector<Traced> values;
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  bool shapes_differ = false;  ///< from those of an earlier call
};

/// Thrown while refusals are collected, where the lowering of a layer needs a refused result or a part of the file that was not
/// read. This is no error: the refusal was collected before. Lowerer::call_or_refuse catches it.
struct Blocked {};

/// A weight has another shape than its layer expects.
struct WeightMismatch : ModelError {
  using ModelError::ModelError;
};

/// What a call adds to the results of evaluate(): a loss, or a metric where it has a name.
struct AddedScore {
  const LayerInstance* layer = nullptr;
  std::string metric;
  Value value;
};

class Lowerer {
 public:
  Lowerer(const LayerGraph& model, const CustomObjects& custom, host::Graph& graph)
      : model_(model), custom_(custom), graph_(&graph), main_(&graph) {}

  /// Refusals are collected here instead of being thrown; calls that depend on them are skipped.
  void collect_refusals(std::vector<UnsupportedError::Item>& items) { refusals_ = &items; }

  /// Results get the shapes that Keras reports (LayerTraits::claimed_shapes), and calls that no output needs are lowered too: for
  /// a graph that only summary() uses.
  void claim_shapes() { claims_ = true; }
  /// In addition to refusals, which must be collected, errors skip the calls that depend on them: for a summary() of the rest.
  void pass_over_errors() { passes_errors_ = true; }
  bool claims_shapes() const { return claims_; }
  /// Losses and metrics that layers add are collected here, also those of calls that no output needs: for evaluate().
  void collect_added(std::vector<AddedScore>& added) { added_ = &added; }

  /// The model's outputs, flattened; an absent value where a refusal prevents it.
  std::vector<Traced> lower(const std::vector<Traced>& inputs);
  const std::map<std::string, LayerOutputs>& outputs_by_path() const { return outputs_by_path_; }

  // For LayerLowering.
  /// A call whose arguments have the names that the layer looks for. All results of a layer are present; those of a nested model
  /// may be absent while refusals are collected.
  std::vector<Traced> call(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments, Arg::Members keywords);
  Value leaf(const std::shared_ptr<const Tensor>& tensor);
  Value cast_leaf(Value leaf, DType type);
  /// Debits the file's budget for a weight in another type, once for each `what` of a layer, for all graphs of the model.
  void debit(const LayerInstance& layer, const std::string& what, int64_t bytes) const;
  void debit_cast(const LayerInstance& layer, std::string_view name, const Tensor& weight, DType type) const;
  /// The tensor of a weight; a maker makes it if there is no file. ModelError when it is missing or has another shape.
  std::shared_ptr<const Tensor> weight(LayerInstance& layer, std::string_view name, const Dims* expected);
  Value state_before(const std::string& name, const Shape& shape, DType type);
  void set_state(const std::string& name, Value after);
  /// Sets another value for a layer's weight during a call (call_child_with); an absent value ends it.
  void replace_weight(const LayerInstance& layer, const std::string& name, Value value);
  /// The replacement of the weight; absent where there is none. ModelError inside a loop, where the value is not available.
  Value replacement(const LayerInstance& layer, std::string_view name) const;
  const LayerGraph& model() const { return model_; }
  const CustomObjects& custom() const { return custom_; }
  host::Graph& graph() { return *graph_; }
  /// Replaces the graph that is written to; returns the previous one.
  host::Graph* exchange_graph(host::Graph* graph) { return std::exchange(graph_, graph); }
  /// Drops the leaves of a graph that is finished; another graph may get its address.
  void forget(const host::Graph* graph);

 private:
  std::vector<Traced> call_as_saved(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                    Arg::Members keywords);
  std::vector<Traced> call_network(const LayerInstance& layer, const std::string& origin, const std::vector<Arg>& arguments,
                                   const Arg* masks);
  std::vector<Traced> call_layer(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                 Arg::Members keywords);
  bool training_inside(const LayerInstance& layer, Arg::Members& keywords);
  void call_asides(const std::string& origin, const Network& network, std::vector<std::vector<Traced>>& results);
  std::vector<Traced> call_or_refuse(LayerInstance& layer, const std::string& origin, const Call& call,
                                     const std::vector<std::vector<Traced>>& results, const Network& network);
  std::vector<Traced> network_inputs(const LayerInstance& layer, const Network& network, const std::vector<Arg>& arguments);
  void stand_in(std::vector<Traced>& results, const Network& network, size_t call, const LayerInstance& layer);
  void check_results(const LayerInstance& layer, const std::vector<Traced>& results) const;
  void claim(Lowering& lowering, const LayerInstance& layer, std::vector<Traced>& results);
  void add_to_scores(const LayerInstance& layer, const std::vector<Traced>& results);
  void record(const LayerInstance& layer, const std::vector<Traced>& outputs);
  const std::map<int, Value>& masks_now() const;
  void set_apart(std::vector<Traced>& results);
  void take_masks(const LayerInstance& layer, const Lowering& call);
  bool hands_on_explicit_mask(const LayerInstance& layer, const Arg::Members& keywords, bool by_position) const;
  void mask_inputs(const LayerInstance& layer, std::vector<Traced>& inputs, const Arg& masks);

  const LayerGraph& model_;
  const CustomObjects& custom_;
  host::Graph* graph_;
  const host::Graph* main_;
  std::vector<UnsupportedError::Item>* refusals_ = nullptr;
  std::vector<AddedScore>* added_ = nullptr;
  bool claims_ = false, passes_errors_ = false;
  bool training_ = false;  ///< in Keras 2: the value passed to calls that do not state their own
  std::map<std::pair<const host::Graph*, const Tensor*>, Value> leaves_;
  std::map<std::tuple<const host::Graph*, int, DType>, Value> casts_;
  std::map<std::string, size_t> states_;  // by name: index into Graph::states
  std::map<std::string, LayerOutputs> outputs_by_path_;
  std::map<int, Value> masks_now_;  // masks that a call changed, by value id: later calls use these, which may be absent
  struct Replaced {
    const host::Graph* graph;
    Value value;
  };
  std::map<std::pair<const LayerInstance*, std::string>, Replaced> replaced_;
};

}  // namespace keraunos::loader
