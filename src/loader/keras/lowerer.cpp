#include "loader/keras/lowerer.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "loader/keras/call_arguments.h"
#include "loader/keras/layer_lowering.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
std::vector<Traced> Lowerer::lower(const std::vector<Traced>& inputs) {
  Arg::List list;
  for (const Traced& input : inputs) list.push_back({input});
  return call_network(*model_.root, "", {Arg{std::move(list)}}, nullptr);
}

// Whether the layers inside this call train. Keras 2 passes the argument on to all calls inside that do not state their own,
// through models, wrappers and cells. Keras 3's predict passes False to every layer of a model. Operations have no such argument.
bool Lowerer::training_inside(const LayerInstance& layer, Arg::Members& keywords) {
  const bool custom = layer.def != nullptr && layer.def.use_count() > 0;
  if (!model_.dialect.before(3, 0) || (!custom && !has_signature(layer))) return false;
  const std::optional<bool> own = training_argument(Builder(*graph_), layer, model_, keywords);
  const bool training = own.value_or(training_);
  if (own && !custom) std::erase_if(keywords, [](const auto& keyword) { return keyword.name == "training"; });
  if ((own && !custom) || (!own && training)) keywords.emplace_back("training", Arg{training});
  return training;
}

std::vector<Traced> Lowerer::call(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                  Arg::Members keywords) {
  struct Restore {
    bool& training;
    bool before;
    ~Restore() { training = before; }
  };
  const Restore restore{training_, training_};
  training_ = training_inside(layer, keywords);
  std::vector<Traced> results;
  if (layer.network != nullptr) {
    const auto masks = std::find_if(keywords.begin(), keywords.end(), [](const auto& keyword) { return keyword.name == "mask"; });
    results = call_network(layer, origin, arguments, masks == keywords.end() ? nullptr : &masks->value);
  } else {
    results = call_layer(layer, origin, std::move(arguments), std::move(keywords));
  }
  record(layer, results);
  return results;
}

std::vector<Traced> Lowerer::call_layer(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                        Arg::Members keywords) {
  if (layer.def == nullptr || !layer.refusal.empty()) {
    throw_refusals(model_.file,
                   {{layer.path, layer.whole_class_name(), layer.refusal.empty() ? "cannot be called" : layer.refusal}});
  }
  graph_->origin = origin;
  LayerLowering lowering(*this, layer, origin, std::move(arguments), std::move(keywords));
  try {
    lowering.prepare_arguments();
    std::vector<Traced> results = layer.def->lower(lowering);
    check_results(layer, results);
    if (has_signature(layer)) check_all_read(layer, model_, lowering.keywords(), lowering.read_keywords());
    if (layer.def->passes_mask) lowering.pass_mask(results);
    if (claims_) claim(lowering, layer, results);
    take_masks(layer, lowering);
    if (added_ != nullptr) add_to_scores(layer, results);
    return results;
  } catch (const UsageError& error) {  // of the Builder, whose errors do not name layers
    throw ModelError(model_.file + ": " + layer.described() + ": " + error.what());
  } catch (const WeightMismatch& error) {
    if (!is_of_recipe(layer)) throw_named(error, model_.file, layer.described());
    throw WeightMismatch(error.what() + note_of_recipe(layer));
  } catch (const ModelError& error) {
    throw_named(error, model_.file, layer.described());
  } catch (const std::logic_error& error) {
    // Such as an index that our code did not check. Exceptions of custom layers are passed on.
    if (!is_built_in(layer)) throw;
    throw InternalError("lowering " + layer.described() + " of " + model_.file + " failed (" + error.what() + ')');
  }
}

// Each result must have a value, unless the model is refused anyway.
void Lowerer::check_results(const LayerInstance& layer, const std::vector<Traced>& results) const {
  const bool complete =
      std::all_of(results.begin(), results.end(), [](const Traced& result) { return static_cast<bool>(result.value); });
  if (!results.empty() && complete) return;
  throw ModelError(model_.file + ": " + layer.described() + " gives " +
                   (results.empty() ? "no result" : "a result without a value") +
                   "; its LayerDef::lower has to return a value for each of its outputs");
}

void Lowerer::record(const LayerInstance& layer, const std::vector<Traced>& outputs) {
  if (graph_ != main_) return;  // inside the body of a Loop
  LayerOutputs entry{.values = outputs, .shapes = {}, .dtypes = {}};
  for (const Traced& output : outputs) {
    if (!output.value) return;
    entry.shapes.push_back(graph_->info(output.value).shape);
    entry.dtypes.push_back(graph_->info(output.value).dtype);
  }
  LayerOutputs& known = outputs_by_path_[layer.path];
  entry.shapes_differ = known.shapes_differ || (!known.shapes.empty() && known.shapes != entry.shapes);
  known = std::move(entry);
}

Value Lowerer::leaf(const std::shared_ptr<const Tensor>& tensor) {
  Value& known = leaves_[{graph_, tensor.get()}];
  if (!known) known = graph_->add_constant(tensor);
  return known;
}

// Shared by all calls, so that a constant is converted once.
Value Lowerer::cast_leaf(Value leaf, DType type) {
  if (graph_->info(leaf).dtype == type) return leaf;
  Value& known = casts_[{graph_, leaf.id, type}];
  if (!known) known = Builder(*graph_).cast(leaf, type);
  return known;
}

void Lowerer::debit_cast(const LayerInstance& layer, std::string_view name, const Tensor& weight, DType type) const {
  debit(layer, "the weight \"" + std::string(name) + "\" as " + std::string(name_of(type)),
        weight.dims().elements() * size_of(type));
}

void Lowerer::debit(const LayerInstance& layer, const std::string& what, int64_t bytes) const {
  const std::lock_guard lock(layer.kept->mutex);
  int64_t& counted = layer.kept->counted[what];
  if (bytes <= counted) return;
  model_.budget->take(static_cast<uint64_t>(bytes - counted), model_.file + ": " + layer.described() + ": " + what);
  counted = bytes;
}

void Lowerer::forget(const host::Graph* graph) {
  std::erase_if(leaves_, [&](const auto& entry) { return entry.first.first == graph; });
  std::erase_if(casts_, [&](const auto& entry) { return std::get<0>(entry.first) == graph; });
}

std::shared_ptr<const Tensor> Lowerer::weight(LayerInstance& layer, std::string_view name, const Dims* expected) {
  const auto found =
      std::find_if(layer.weights.begin(), layer.weights.end(), [&](const WeightInfo& weight) { return weight.name == name; });
  const std::string where = model_.file + ": " + layer.described();
  if (found == layer.weights.end()) throw ModelError(where + " has no weight \"" + std::string(name) + '"');
  if (found->tensor == nullptr && model_.make_weight && expected != nullptr)
    found->tensor = model_.make_weight(layer, found->name, *expected);
  if (found->tensor == nullptr && model_.is_partial) throw Blocked{};
  if (found->tensor == nullptr) throw ModelError(where + ": the file holds no weight \"" + std::string(name) + '"');
  if (expected != nullptr && !(found->tensor->dims() == *expected)) {
    throw WeightMismatch(where + ": weight \"" + std::string(name) + "\" should have the shape " + expected->to_string() + ", " +
                         (model_.weights_file.empty() ? "the file" : model_.weights_file) + " holds " +
                         found->tensor->dims().to_string() + "; were config and weights written by the same model?");
  }
  return found->tensor;
}

void Lowerer::replace_weight(const LayerInstance& layer, const std::string& name, Value value) {
  if (value)
    replaced_[{&layer, name}] = {graph_, value};
  else
    replaced_.erase({&layer, name});
}

Value Lowerer::replacement(const LayerInstance& layer, std::string_view name) const {
  const auto found = replaced_.find({&layer, std::string(name)});
  if (found == replaced_.end()) return {};
  if (found->second.graph != graph_)
    throw ModelError(model_.file + ": " + layer.described() + ": its weight \"" + std::string(name) +
                     "\" is changed by the layer around it, which is not supported inside a loop");
  return found->second.value;
}

Value Lowerer::state_before(const std::string& name, const Shape& shape, DType type) {
  const auto found = states_.find(name);
  if (found != states_.end()) {
    const host::State& state = graph_->states[found->second];
    return state.after ? state.after : state.before;
  }
  states_[name] = graph_->states.size();
  const Value before = graph_->add_value({.shape = shape, .dtype = type});
  graph_->states.push_back({name, before, {}});
  return before;
}

void Lowerer::set_state(const std::string& name, Value after) {
  const auto found = states_.find(name);
  if (found == states_.end()) throw UsageError("a state \"" + name + "\" is kept that was never asked for");
  graph_->states[found->second].after = after;
}

}  // namespace keraunos::loader
