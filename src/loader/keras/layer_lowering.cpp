#include "loader/keras/layer_lowering.h"

#include <algorithm>

#include "loader/keras/class_names.h"
#include "loader/keras/nodes.h"
#include "loader/keras/reader.h"
#include "loader/layers/common/activations.h"
#include "loader/layers/extensions/functions.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using files::Json;

namespace {

// An operation computes in the dtype of its operands; a layer in that of its policy.
DType compute_dtype_of(const LayerInstance& layer) { return layer.policy.compute; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  lines.push_back(text.substr(begin));
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();  // written on Windows
  }
  return lines;
}

void set_mask(Arg& target, const Arg& mask) {
  if (const Traced* given = mask.tensor()) {
    for (Traced* tensor : tensor_leaves(target)) {
      tensor->mask = given->value;
      return;  // the mask of a list is that of its first tensor (the sequence of a recurrent layer)
    }
  }
  const Arg::List* masks = mask.list();
  auto* targets = std::get_if<Arg::List>(&target.value);
  if (masks == nullptr || targets == nullptr) return;
  for (size_t i = 0; i < std::min(masks->size(), targets->size()); ++i) {
    if (const Traced* given = (*masks)[i].tensor()) {
      for (Traced* tensor : tensor_leaves((*targets)[i])) tensor->mask = given->value;
    }
  }
}

}  // namespace

LayerLowering::LayerLowering(Lowerer& lowerer, LayerInstance& layer, std::string origin, std::vector<Arg> arguments,
                             Arg::Members keywords)
    : Lowering(lowerer.graph()),
      lowerer_(lowerer),
      layer_(layer),
      origin_(std::move(origin)),
      arguments_(std::move(arguments)),
      keywords_(std::move(keywords)),
      config_(*layer.config, lowerer.model().file + ": " + layer.described()),
      compute_(compute_dtype_of(layer)) {}

const Arg* LayerLowering::keyword(std::string_view name) const {
  for (const auto& [key, argument] : keywords_) {
    if (key != name) continue;
    read_.insert(key);
    return &argument;
  }
  return nullptr;
}

std::vector<Traced> LayerLowering::inputs() const {
  std::vector<Traced> result;
  if (arguments_.empty()) return result;
  for (const Traced* tensor : tensor_leaves(arguments_[0])) result.push_back(*tensor);
  return result;
}

void LayerLowering::autocast(Arg& tree) {
  for (Traced* tensor : tensor_leaves(tree)) {
    if (is_floating(dtype(tensor->value)) && dtype(tensor->value) != compute_)
      tensor->value = Builder::cast(tensor->value, compute_);
  }
}

// Keras 2 casts the first argument only, Keras 3 all of them.
void LayerLowering::prepare_arguments() {
  attach_masks();
  if (!layer_.def->autocast || layer_.is_operation || !is_floating(compute_)) return;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (i == 0 || dialect().major >= 3) autocast(arguments_[i]);
  }
  for (auto& [key, argument] : keywords_) {
    if (dialect().major >= 3) autocast(argument);
  }
}

Arg* LayerLowering::argument_named(std::string_view name) {
  for (auto& [key, argument] : keywords_) {
    if (key == name) return &argument;
  }
  const size_t position = name == "query" ? 0 : name == "value" ? 1 : name == "key" ? 2 : arguments_.size();
  return position < arguments_.size() ? &arguments_[position] : nullptr;
}

// An explicit mask replaces the one that a tensor carries: `mask` belongs to the first argument, `value_mask` to `value`. In
// Keras 2 an explicit None removes the mask. A layer that deletes masks uses the query's carried mask instead of query_mask.
void LayerLowering::attach_masks() {
  const LayerTraits& traits = traits_of(layer_);
  const bool overwritten = traits.deletes_masks && traits.deletes_masks(dialect());
  for (const auto& [key, mask] : keywords_) {
    if (key == "mask" && !arguments_.empty()) {
      read_.insert(key);
      if (mask.is_none() && dialect().before(3, 0)) {
        for (Traced* tensor : tensor_leaves(arguments_[0])) tensor->mask = {};
      }
      set_mask(arguments_[0], mask);
    }
    if (!key.ends_with("_mask") || traits.masks_are_arguments) continue;
    if (key == "query_mask" && overwritten) {
      read_.insert(key);
      continue;
    }
    Arg* target = argument_named(std::string_view(key).substr(0, key.size() - 5));
    if (target == nullptr) continue;
    read_.insert(key);
    set_mask(*target, mask);
  }
}

void LayerLowering::pass_mask(std::vector<Traced>& results) const {
  const std::vector<Traced> given = inputs();
  if (results.empty() || results[0].mask || given.empty() || !given[0].mask) return;
  for (Traced& result : results) result.mask = given[0].mask;
}

Value LayerLowering::weight_of(LayerInstance& layer, std::string_view name, const Shape& expected, DType compute, bool cast) {
  const Dims dims = host::dims_of(expected);
  if (const Value other = lowerer_.replacement(layer, name)) {
    if (!(Builder::dims(other) == dims))
      throw WeightMismatch(lowerer_.model().file + ": " + layer.described() + ": weight \"" + std::string(name) +
                           "\" should have the shape " + dims.to_string() + ", found " + Builder::dims(other).to_string());
    return cast && is_floating(compute) ? Builder::cast(other, compute) : other;
  }
  const std::shared_ptr<const Tensor> saved = lowerer_.weight(layer, name, &dims);
  if (!is_floating(saved->dtype())) return lowerer_.leaf(saved);
  // A weight that is not cast has the variable's dtype: Keras converts a float64 file when it assigns.
  const DType wanted = cast && is_floating(compute) ? compute : layer.policy.variable;
  if (wanted != saved->dtype()) lowerer_.debit_cast(layer, name, *saved, wanted);
  return lowerer_.cast_leaf(lowerer_.leaf(saved), wanted);
}

Value LayerLowering::weight(std::string_view name, const Shape& expected, bool cast) {
  return weight_of(layer_, name, expected, compute_, cast);
}

bool LayerLowering::has_weight(std::string_view name) const {
  return std::any_of(layer_.weights.begin(), layer_.weights.end(), [&](const WeightInfo& weight) {
    return weight.name == name && (weight.tensor != nullptr || lowerer_.model().make_weight);
  });
}

const Tensor& LayerLowering::saved(std::string_view name) const { return *lowerer_.weight(layer_, name, nullptr); }

void LayerLowering::within(host::Graph& body, const std::function<void()>& work) {
  struct Restore {
    LayerLowering& self;
    host::Graph* graph;
    ~Restore() {
      self.graph_ = graph;
      self.lowerer_.forget(self.lowerer_.exchange_graph(graph));
    }
  };
  const Restore restore{*this, lowerer_.exchange_graph(&body)};
  body.origin = restore.graph->origin;
  body.is_probe = restore.graph->is_probe;
  graph_ = &body;
  work();
}

Value LayerLowering::state(std::string_view name, const Shape& shape, DType type) {
  return lowerer_.state_before(layer_.path + '/' + std::string(name), shape, type);
}

void LayerLowering::keep(std::string_view name, Value after) { lowerer_.set_state(layer_.path + '/' + std::string(name), after); }

std::shared_ptr<const void> LayerLowering::kept(std::string_view name,
                                                const std::function<std::shared_ptr<const void>()>& make) const {
  const std::lock_guard lock(layer_.kept->mutex);
  std::shared_ptr<const void>& object = layer_.kept->objects[std::string(name)];
  if (object == nullptr) object = make();
  return object;
}

std::optional<std::vector<std::string>> LayerLowering::asset(std::string_view file_name) const {
  const Assets& assets = lowerer_.model().assets;
  if (!assets) return std::nullopt;
  if (!layer_.is_located && lowerer_.model().is_partial) throw Blocked{};
  // TextVectorization passes its assets to a private lookup layer; the copy there is equal.
  for (const std::string& path : {layer_.inner_path, layer_.inner_path + "/_lookup_layer"}) {
    const auto text = assets(path, std::string(file_name));
    if (!text) continue;
    const auto lines = static_cast<uint64_t>(std::count(text->begin(), text->end(), '\n') + 1);
    lowerer_.model().budget->take(text->size() + lines * sizeof(std::string),
                                  std::string(file_name) + " of " + layer_.described());
    return lines_of(*text);
  }
  return std::nullopt;
}

// The name is compared with and without its package, because Keras 2 writes no package.
Value LayerLowering::called_custom(std::string_view function, Value x) {
  for (const auto& [known, apply] : lowerer_.custom().functions) {
    const size_t package = known.rfind('>');
    if (known == function || (package != std::string::npos && known.substr(package + 1) == function)) return apply(*this, x);
  }
  return {};
}

// Some libraries register functions without a package; the library is then identified by its layers in the model.
Value LayerLowering::called_library(std::string_view function, Value x, Meaning meaning) {
  Value y;
  visit_layers(lowerer_.model().root, [&](const LayerInstance& layer) {
    const bool built_in = layer.def != nullptr && layer.def.use_count() == 0;
    if (y || !built_in || !layer.refusal.empty()) return;
    y = meaning(*this, layer.class_name, function, x);
  });
  return y;
}

Value LayerLowering::called(std::string_view function, Value x) {
  const Value y = called_custom(function, x);
  return y ? y : apply_activation(*this, dialect(), std::string(function), x);
}

Value LayerLowering::activated(Value x, std::string_view key) {
  const Json* field = config_.find(key);
  if (field == nullptr) return x;
  if (find_child(key) != nullptr) {
    const std::vector<Traced> results = call_child(key, {Arg{Traced{x, {}}}}, {});
    return results[0].value;
  }
  const std::optional<std::string> name = activation_name(field);
  const std::string wanted = name.value_or(
      field->is_object() && field->find("config") != nullptr && (*field)["config"].is_string() ? (*field)["config"].as_string()
                                                                                               : "");
  if (const Value y = called_custom(wanted, x)) return y;
  if (name == "glu" && lowerer_.claims_shapes()) return x;  // no layer of Keras 3 reports that glu halves the last axis
  if (name) {
    const Value replaced = *name == kReplacedFunction ? called_library(*name, x, replaced_function) : Value{};
    if (replaced) return replaced;
    if (const Value y = apply_activation(*this, dialect(), *name, x)) return y;
    if (const Value y = called_library(*name, x, library_function)) return y;
  }
  if (wanted.empty())
    refuse("has the " + std::string(key) + " " + field->dump().substr(0, 80) + ", which is Python code or no activation");
  refuse("has the " + std::string(key) + " \"" + wanted + "\", which is not known; register it with CustomObjects::function");
}

void LayerLowering::refuse(const std::string& reason) const {
  throw_refusals(lowerer_.model().file, {{layer_.path, layer_.whole_class_name(), reason}});
}

}  // namespace keraunos::loader
