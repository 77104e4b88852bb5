#include "loader/layers/extensions/keras_hub/hub.h"

#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using files::Json;

namespace {

// quantize() leaves policies by the paths of layers.
void refuse_policy_map(const Config& config) {
  const Json* dtype = config.find("dtype");
  const Json* class_name = dtype != nullptr && dtype->is_object() ? dtype->find("class_name") : nullptr;
  if (class_name != nullptr && *class_name == Json("DTypePolicyMap"))
    config.fail("dtype", "one policy; quantised models of KerasHub are not supported");
}

}  // namespace

std::vector<std::string> hub_names(std::initializer_list<const char*> classes) {
  std::vector<std::string> names;
  for (const char* name : classes) {
    names.push_back(std::string("keras_hub>") + name);
    names.push_back(std::string("keras_nlp>") + name);
  }
  return names;
}

ChildName hub_part(const Config& owner, std::string_view class_name, const std::string& attribute, Members config) {
  config.insert(config.begin(), {"name", attribute.substr(attribute.starts_with('_') ? 1 : 0)});
  return {.attribute = attribute,
          .aliases = {},
          .config = std::make_shared<const Json>(layer_object(owner, class_name, std::move(config)))};
}

ChildName hub_layer_norm(const Config& owner, const std::string& attribute, double epsilon) {
  return hub_part(owner, "LayerNormalization", attribute, {{"epsilon", epsilon}});
}

Value call_part(Lowering& l, std::string_view part, Value x) { return l.call_child(part, {tensor_argument(x)})[0].value; }

Value call_part(Lowering& l, std::string_view part, Value x, Dim width) {
  return l.call_child(part, {tensor_argument(x)}, {{"output_shape", integer_argument(width.size)}})[0].value;
}

Value split_heads(Lowering& l, std::string_view part, Value x, int64_t heads, int64_t size) {
  return l.call_child(part, {tensor_argument(x)}, {{"output_shape", integers_argument({heads, size})}})[0].value;
}

Arg integer_argument(int64_t value) { return {value}; }

Arg integers_argument(std::initializer_list<int64_t> values) {
  Arg::List list;
  for (const int64_t value : values) list.push_back({value});
  return {std::move(list)};
}

Arg tensor_argument(Value value) { return {Traced{value, {}}}; }

Traced tensor_argument_of(Lowering& l, size_t position, std::string_view name) {
  const Arg* given = argument(l, position, name);
  if (given == nullptr) return {};
  const std::vector<Traced> tensors = tensors_of(*given);
  if (tensors.size() != 1) l.refuse("is called with an argument " + std::string(name) + " that is not one tensor");
  return tensors[0];
}

Value merged_masks(Lowering& l, const Traced& x, Value padding, Value attention) {
  Value mask = padding ? padding : x.mask;
  if (mask && l.rank(mask) != 2) l.refuse("needs a padding mask of shape (batch, steps), found " + l.dims(mask).to_string());
  if (attention && l.rank(attention) != 3)
    l.refuse("needs an attention mask of shape (batch, target steps, source steps), found " + l.dims(attention).to_string());
  if (attention) attention = l.cast(attention, DType::int32);
  if (!mask) return attention;
  mask = l.expand_dims(l.cast(mask, DType::int32), 1);
  return attention ? l.binary(Function::minimum, mask, attention) : mask;
}

int64_t hub_count(const Config& config, std::string_view key) { return config.integer(key, Range{0, 1024}); }

std::string hub_numbered(std::string_view name, int64_t index) { return std::string(name) + '_' + std::to_string(index); }

Json text_inputs(FunctionalForm& form, std::initializer_list<const char*> names) {
  Json inputs = Json::object();
  for (const char* name : names) inputs.set(name, form.input(name, {-1}, "int32"));
  return inputs;
}

LayerDef hub_part_layer(const char* name, std::set<std::string> keys, std::function<std::vector<ChildName>(const Config&)> parts,
                        std::function<std::vector<Traced>(Lowering&)> lower) {
  return {.classes = {std::string("keras_hub>part>") + name},
          .keys = std::move(keys),
          .weights = {},
          .children = std::move(parts),
          .lower = std::move(lower)};
}

LayerDef hub_model(std::initializer_list<const char*> classes, std::set<std::string> keys,
                   std::function<Json(const Config&)> functional) {
  LayerTraits traits;
  traits.functional = [make = std::move(functional)](const Config& config) {
    refuse_policy_map(config);
    return make(config);
  };
  return {.classes = hub_names(classes),
          .keys = std::move(keys),
          .weights = {},
          .children = {},
          .lower = {},
          .traits = std::make_shared<const LayerTraits>(std::move(traits))};
}

}  // namespace keraunos::loader
