#include "loader/keras/call_arguments.h"

#include <algorithm>
#include <array>

#include "loader/keras/class_names.h"
#include "loader/layers/common/signatures.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"
#include "loader/ops/operation.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

[[noreturn]] void refuse_call(const LayerInstance& layer, const LayerGraph& model, const std::string& reason) {
  throw_refusals(model.file, {{layer.path, layer.class_name, reason}});
}

Arg* keyword_in(Arg::Members& keywords, std::string_view name) {
  const auto found = std::find_if(keywords.begin(), keywords.end(), [&](const auto& keyword) { return keyword.name == name; });
  return found == keywords.end() ? nullptr : &found->value;
}

// Keras 3 also accepts the first argument by its name, as in attention(query=x, value=y).
void place_first(std::vector<Arg>& arguments, Arg::Members& keywords) {
  constexpr std::array kNames{"inputs", "sequences", "sequence", "query", "x"};
  const auto first = std::find_if(keywords.begin(), keywords.end(), [&](const auto& keyword) {
    return std::find(kNames.begin(), kNames.end(), keyword.name) != kNames.end();
  });
  if (first == keywords.end()) return;
  arguments.push_back(std::move(first->value));
  keywords.erase(first);
}

// A list of numbers, of lists of numbers, …
struct NestedNumbers {
  std::vector<int64_t> sizes{};
  std::vector<double> values{};
  bool boolean = true, integral = true;
};

// False for a ragged list, and for elements that are not numbers.
bool read_numbers(const Arg& argument, size_t depth, NestedNumbers& numbers) {
  if (const Arg::List* list = argument.list()) {
    const auto size = static_cast<int64_t>(list->size());
    if (numbers.sizes.size() == depth && numbers.values.empty() && depth < static_cast<size_t>(Dims::kMaxRank))
      numbers.sizes.push_back(size);
    if (numbers.sizes.size() <= depth || numbers.sizes[depth] != size) return false;
    return std::all_of(list->begin(), list->end(), [&](const Arg& item) { return read_numbers(item, depth + 1, numbers); });
  }
  if (numbers.sizes.size() != depth) return false;
  if (const bool* flag = std::get_if<bool>(&argument.value)) {
    numbers.values.push_back(*flag ? 1 : 0);
    return true;
  }
  numbers.boolean = false;
  if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) {
    numbers.values.push_back(static_cast<double>(*whole));
    return true;
  }
  const double* real = std::get_if<double>(&argument.value);
  if (real == nullptr) return false;
  numbers.integral = false;
  numbers.values.push_back(*real);
  return true;
}

// Masks are booleans or numbers, states are numbers: float32 represents both.
void place_array(Builder& builder, Arg& argument) {
  if (argument.list() == nullptr) return;
  NestedNumbers numbers;
  if (!read_numbers(argument, 0, numbers) || numbers.values.empty()) return;
  const DType type = numbers.boolean ? DType::boolean : numbers.integral ? DType::int32 : DType::float32;
  const Dims dims{std::span<const int64_t>(numbers.sizes)};
  argument = {Traced{builder.cast(builder.constant(TensorView(numbers.values, dims)), type), {}}};
}

int depth_of(const Arg& argument) {
  const Arg::List* list = argument.list();
  return list == nullptr || list->empty() ? 0 : 1 + depth_of(list->front());
}

bool says_something(const Arg& argument) {
  const bool* flag = std::get_if<bool>(&argument.value);
  return !argument.is_none() && (flag == nullptr || *flag);
}

bool takes_list_of_masks(const LayerInstance& layer) {
  if (layer.network != nullptr) return layer.network->inputs.size() > 1;
  return traits_of(layer).takes_mask_for_each_input;
}

}  // namespace

bool has_signature(const LayerInstance& layer) {
  if (layer.network != nullptr) return true;
  if (is_of_recipe(layer)) return true;
  return layer.def != nullptr && !layer.is_operation && find_layer(definition_name(layer)) == layer.def.get();
}

bool bind_arguments(const LayerInstance& layer, const LayerGraph& model, std::vector<Arg>& arguments, Arg::Members& keywords) {
  if (!has_signature(layer)) return false;
  if (arguments.empty()) place_first(arguments, keywords);
  const auto names = layer.network != nullptr ? model_call_parameters()
                     : is_of_recipe(layer)    ? parameters_of_recipe(layer.class_name)
                                              : call_parameters(definition_name(layer), model.dialect);
  if (arguments.size() > names.size() + 1) {
    refuse_call(
        layer, model,
        "is called with " + std::to_string(arguments.size()) + " arguments, its call takes " + std::to_string(names.size() + 1));
  }
  bool mask_by_position = false;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string name(names[i - 1]);
    if (keyword_in(keywords, name) != nullptr)
      refuse_call(layer, model, "is called with two values for its argument \"" + name + '"');
    mask_by_position = mask_by_position || (name == "mask" && !arguments[i].is_none());
    keywords.emplace_back(name, std::move(arguments[i]));
  }
  if (arguments.size() > 1) arguments.resize(1);
  for (const auto& [name, argument] : keywords) {
    const bool known = name == "training" || std::find(names.begin(), names.end(), name) != names.end();
    if (!known && !argument.is_none())
      refuse_call(layer, model, "is called with the argument \"" + name + "\", which its call does not take");
  }
  return mask_by_position;
}

void place_arrays(Builder& builder, const LayerInstance& layer, Arg::Members& keywords) {
  for (auto& [name, argument] : keywords) {
    auto* list = std::get_if<Arg::List>(&argument.value);
    if (list == nullptr) continue;
    const bool states = name == "initial_state" || name == "states" || name == "constants";
    const bool masks = name == "mask" && takes_list_of_masks(layer);
    if (masks || (states && depth_of(argument) != 2)) {
      for (Arg& item : *list) place_array(builder, item);
    } else if (states || name.ends_with("mask") || name == "value" || name == "key") {
      place_array(builder, argument);
    }
  }
}

void check_all_read(const LayerInstance& layer, const LayerGraph& model, const Arg::Members& keywords,
                    const std::set<std::string, std::less<>>& read) {
  for (const auto& [name, argument] : keywords) {
    if (name == "training" || read.contains(name) || !says_something(argument)) continue;
    refuse_call(layer, model, "is called with the argument \"" + name + "\", which is not supported");
  }
}

std::optional<bool> training_argument(const Builder& builder, const LayerInstance& layer, const LayerGraph& model,
                                      const Arg::Members& keywords) {
  const auto given =
      std::find_if(keywords.begin(), keywords.end(), [](const auto& keyword) { return keyword.name == "training"; });
  if (given == keywords.end() || given->value.is_none()) return std::nullopt;
  if (const double* real = std::get_if<double>(&given->value.value)) return *real != 0;
  const auto known = known_integer(builder, given->value);
  if (!known && !has_signature(layer)) return std::nullopt;
  if (!known) refuse_call(layer, model, "is called with an argument training that is no constant");
  return *known != 0;
}

}  // namespace keraunos::loader
