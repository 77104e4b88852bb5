#include "loader/saving/optimizer_variables.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "loader/evaluate/compiled.h"
#include "loader/keras/class_names.h"
#include "loader/keras/weight_order.h"
#include "loader/layers/layer_traits.h"
#include "loader/saving/loss_scale.h"

namespace keraunos::loader {

using files::Json;

namespace {

using SharedWeight = std::shared_ptr<const Tensor>;

constexpr const char* kArchiveGroup = "optimizer";
constexpr const char* kLegacyGroup = "optimizer_weights";
constexpr std::string_view kCheckpointList = "optimizer/_variables";

// Sorts numbers as numbers: "vars/2" comes before "vars/10".
bool by_number(const std::string& a, const std::string& b) {
  const size_t first = a.rfind('/'), second = b.rfind('/');
  const bool same_group = first != std::string::npos && a.compare(0, first, b, 0, second) == 0;
  return same_group && a.size() != b.size() ? a.size() < b.size() : a < b;
}

// The order of an optimizer's variables in Keras 3 and from Keras 2.11 on: for each weight one variable of each slot in a
// group, group after group. Earlier versions list them slot by slot.
std::optional<std::vector<size_t>> slot_groups(const std::string& name, const Json& config) {
  const auto is_set = [&](const char* key) {
    const Json* value = config.find(key);
    if (value == nullptr || value->is_null()) return false;
    return value->is_bool() ? value->as_bool() : value->is_number() && value->as_double() != 0;
  };
  std::vector<size_t> groups(is_set("use_ema") ? 1 : 0, 1);  // moving averages of the weights
  const auto with = [&](std::initializer_list<size_t> more) {
    groups.insert(groups.end(), more);
    return groups;
  };
  if (name == "Adam" || name == "AdamW") return is_set("amsgrad") ? with({2, 1}) : with({2});
  if (name == "Adamax" || name == "Adadelta" || name == "Ftrl" || name == "Nadam") return with({2});
  if (name == "Adagrad") return with({1});
  if (name == "SGD") return is_set("momentum") ? with({1}) : groups;
  if (name != "RMSprop") return std::nullopt;
  groups.insert(groups.end(), 1 + (is_set("momentum") ? 1 : 0) + (is_set("centered") ? 1 : 0), 1);
  return groups;
}

// True for optimizers of Keras 2.11 and later, whose configs have this key; archives contain only such optimizers.
bool is_grouped_by_weight(const Json& config) { return config.find("use_ema") != nullptr; }

void add_trainable(const LayerInstance& layer, std::vector<SharedWeight>& weights) {
  if (!layer.trainable) return;
  for (const WeightInfo& weight : layer.weights) {
    const bool known = std::find(weights.begin(), weights.end(), weight.tensor) != weights.end();
    if (weight.trainable && weight.tensor != nullptr && !known) weights.push_back(weight.tensor);
  }
  for (const SharedLayer& child : layer.children) add_trainable(*child, weights);
}

// True if Keras 3 stores or scales the weights of this layer differently from the file.
bool changes_weights(const LayerInstance& layer) {
  if (layer.class_name.starts_with("CuDNN")) return true;
  const auto& change = traits_of(layer).weights_to_keras3;
  if (!change) return false;
  std::vector<SharedWeight> tensors;
  for (const WeightInfo& weight : layer.weights) tensors.push_back(weight.tensor);
  const std::vector<SharedWeight> before = tensors;
  change(Config(*layer.config, layer.described()), tensors);
  return tensors != before;
}

SharedWeight scalar(const Tensor& from, DType dtype) { return tensor_for_weight(TensorView(from), dtype); }

SharedWeight scalar(double value) {
  Tensor tensor(DType::float32, Dims{});
  tensor.mutable_values<float>()[0] = static_cast<float>(value);
  return std::make_shared<const Tensor>(std::move(tensor));
}

struct Leading {
  SharedWeight iterations, learning_rate, product;  ///< of momenta, where the file has it
  size_t count = 0;                                 ///< how many variables of the file these are
};

Leading leading_of(const NamedTensors& variables, bool legacy_nadam) {
  Leading leading;
  const auto is_scalar = [&](size_t i) { return i < variables.size() && variables[i].second->dims().rank() == 0; };
  if (is_scalar(0)) leading.iterations = scalar(*variables[leading.count++].second, DType::int64);
  if (is_scalar(leading.count))
    (legacy_nadam ? leading.product : leading.learning_rate) = scalar(*variables[leading.count++].second, DType::float32);
  if (leading.iterations != nullptr) return leading;
  Tensor none(DType::int64, Dims{});
  none.mutable_values<int64_t>()[0] = 0;
  leading.iterations = std::make_shared<const Tensor>(std::move(none));
  return leading;
}

// Nadam's product of momenta over all steps, as Keras 3 computes it; Keras 2 does not save its own. Absent where the momentum is
// none of a decaying average.
std::optional<SharedWeight> nadam_product(const Json& config, int64_t steps) {
  const Json* beta = config.find("beta_1");
  const double beta_1 = beta != nullptr && beta->is_number() ? beta->as_double() : 0.9;
  if (!(beta_1 >= 0 && beta_1 < 1)) return std::nullopt;
  constexpr int64_t kSchedule = 2000;  // from then on 1 - 0.5 * 0.96^step is 1 in float64
  float product = 1;
  for (int64_t step = 1; step <= std::min(steps, kSchedule); ++step)
    product *= static_cast<float>(beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(step))));
  const double rest = std::pow(beta_1, static_cast<double>(std::max<int64_t>(steps - kSchedule, 0)));
  return scalar(product * rest);
}

// The Nadam before Keras 2.11 takes 0.96 to the power of its decay times the step, 0.004 by default; that of Keras 3 has a decay
// of 1.
const Json* decay_of_legacy_nadam(const SavedObject& object) {
  const Json* decay = object.name == "Nadam" ? member_in(*object.config, "schedule_decay") : nullptr;
  return decay == nullptr && object.name == "Nadam" ? member_in(*object.config, "decay") : decay;
}

KeptOptimizer of_keras2(const LayerGraph& graph, const Json* json, const NamedTensors& variables) {
  const auto object = json != nullptr ? object_in(*json) : std::nullopt;
  if (!object || object->config == nullptr || object->is_custom) return {{}, "the file does not say which class it is"};
  const auto groups = slot_groups(object->name, *object->config);
  const Json* decay = decay_of_legacy_nadam(*object);
  if (!groups || (decay != nullptr && !(decay->is_number() && decay->as_double() == 1)))
    return {{}, "a " + object->name + " of this config keeps other variables in Keras 3"};
  bool changed = false;
  visit_layers(graph.root, [&](const LayerInstance& layer) { changed = changed || changes_weights(layer); });
  if (changed || graph.keras_version.empty() || graph.keras_version.starts_with('1'))
    return {{}, "they belong to weights that Keras 3 stores otherwise"};
  std::vector<SharedWeight> trainable;
  add_trainable(*graph.root, trainable);
  const Leading leading = leading_of(variables, decay != nullptr);
  size_t slots = 0;
  for (const size_t group : *groups) slots += group;
  const size_t given = variables.size() - leading.count, count = trainable.size();
  const bool unused_momentum = object->name == "SGD" && slots == 0 && given == count;
  const bool unused_maxima = object->name == "Adam" && slots == 2 && given == 3 * count;  // of Keras 2.1 to 2.3
  if (given == 0 && leading.iterations->values<int64_t>()[0] == 0) return {};             // the optimizer was never used
  if (given != slots * count && !unused_momentum && !unused_maxima)
    return {{},
            "the file has " + std::to_string(given) + " for " + std::to_string(count) + " trainable weights, expected " +
                std::to_string(slots * count)};
  const bool by_weight = is_grouped_by_weight(*object->config);
  KeptOptimizer kept;
  const auto add = [&](const SharedWeight& tensor) {
    kept.variables.emplace_back("vars/" + std::to_string(kept.variables.size()), tensor);
  };
  add(leading.iterations);
  const Json* rate = member_in(*object->config, "learning_rate");
  if (rate == nullptr) rate = member_in(*object->config, "lr");
  if (rate != nullptr && rate->is_number()) add(leading.learning_rate ? leading.learning_rate : scalar(rate->as_double()));
  for (size_t group = 0, before = 0; group < groups->size(); before += (*groups)[group++]) {
    const size_t size = (*groups)[group];
    for (size_t i = 0; i < count; ++i) {
      for (size_t slot = 0; slot < size; ++slot) {
        const size_t at = leading.count + (by_weight ? before * count + i * size + slot : (before + slot) * count + i);
        if (!(variables[at].second->dims() == trainable[i]->dims()))
          return {{}, "\"" + variables[at].first + "\" has another shape than the weight that it belongs to"};
        add(variables[at].second);
      }
    }
  }
  if (object->name != "Nadam") return kept;
  if (leading.product != nullptr) {
    add(leading.product);
    return kept;
  }
  const auto product = nadam_product(*object->config, leading.iterations->values<int64_t>()[0]);
  if (!product) return {{}, "its beta_1 is not at least 0 and below 1"};
  add(*product);
  return kept;
}

KeptOptimizer of_keras2(const LayerGraph& graph, NamedTensors variables) {
  const Json* json = member_in(*graph.compilation->config, graph.compilation->is_legacy ? "optimizer_config" : "optimizer");
  const auto scale = json != nullptr ? loss_scale_in(*json) : std::nullopt;
  if (!scale) return of_keras2(graph, json, variables);
  const auto own = std::stable_partition(variables.begin(), variables.end(), [](const auto& entry) {
    return entry.first != kLossScale && entry.first != kGoodSteps;
  });
  const NamedTensors of_factor(own, variables.end());
  variables.erase(own, variables.end());
  KeptOptimizer kept = of_keras2(graph, scale->inner, variables);
  if (scale->is_dynamic && !kept.variables.empty()) kept.variables = with_loss_scale(*scale, of_factor, kept.variables);
  return kept;
}

}  // namespace

bool has_optimizer_variables(const files::Hdf5File& file) {
  return file.is_group(kLegacyGroup) || (file.is_group(kArchiveGroup) && !file.datasets(kArchiveGroup).empty());
}

NamedTensors read_optimizer_variables(std::span<const files::Hdf5File> shards) {
  NamedTensors variables;
  for (const files::Hdf5File& shard : shards) {
    if (!has_optimizer_variables(shard)) continue;
    NamedTensors more = read_optimizer_variables(shard);
    std::move(more.begin(), more.end(), std::back_inserter(variables));
  }
  std::sort(variables.begin(), variables.end(), [](const auto& a, const auto& b) { return by_number(a.first, b.first); });
  return variables;
}

bool has_optimizer_variables(const Checkpoint& checkpoint) { return checkpoint.objects.descendant(0, kCheckpointList) >= 0; }

NamedTensors read_optimizer_variables(const Checkpoint& checkpoint) {
  NamedTensors variables;
  const auto add = [&](const std::string& edges, std::string_view name = {}) {
    const int node = checkpoint.objects.descendant(0, edges);
    const std::string key = node < 0 ? std::string() : checkpoint.objects.nodes()[static_cast<size_t>(node)].variable;
    if (!key.empty() && checkpoint.bundle.has(key))
      variables.emplace_back(name.empty() ? "vars/" + std::to_string(variables.size()) : name, checkpoint.bundle.tensor(key));
    return node >= 0;
  };
  add("optimizer/_iterations");
  add("optimizer/_learning_rate");
  for (size_t i = 1; add(std::string(kCheckpointList) + '/' + std::to_string(i));) ++i;  // the first is the counter
  for (const std::string_view name : {kLossScale, kGoodSteps}) add("optimizer/" + std::string(name), name);
  return variables;
}

NamedTensors read_optimizer_variables(const files::Hdf5File& file) {
  NamedTensors variables;
  const bool legacy = file.is_group(kLegacyGroup);
  const std::string group = legacy ? kLegacyGroup : kArchiveGroup;
  std::vector<std::string> names;
  if (legacy) {
    names = file.attribute_strings(group, "weight_names").value_or(std::vector<std::string>{});
  } else {
    for (const std::string& path : file.datasets(group)) names.push_back(path.substr(group.size() + 1));
    std::sort(names.begin(), names.end(), by_number);
  }
  for (const std::string& name : names) {
    auto tensor = std::make_shared<const Tensor>(file.read_tensor(group + '/' + name));
    file.source()->budget().give_back(static_cast<uint64_t>(tensor->bytes()));
    variables.emplace_back(name, std::move(tensor));
  }
  return variables;
}

KeptOptimizer optimizer_for_keras3(const LayerGraph& graph) {
  if (!graph.unread_optimizer.empty()) return {{}, graph.unread_optimizer};
  if (!graph.read_optimizer) return {};
  if (graph.archive_config == nullptr && !graph.compilation) return {};
  NamedTensors variables = graph.read_optimizer();
  if (variables.empty() || graph.archive_config != nullptr) return {std::move(variables), {}};
  if (graph.dialect.major < 3) return of_keras2(graph, std::move(variables));
  for (size_t i = 0; i < variables.size(); ++i) variables[i].first = "vars/" + std::to_string(i);
  return {std::move(variables), {}};
}

}  // namespace keraunos::loader
