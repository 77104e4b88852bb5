// Commands that describe a model: summary, weights, inspect.
#include <iostream>

#include "cli/commands.h"
#include "loader/files/json.h"
#include "loader/files/npy.h"
#include "loader/keras/keras_model.h"
#include "loader/plan_json.h"

namespace keraunos::cli {
namespace {

struct Listed {
  std::string path;
  TensorSpec spec;
  Layer layer;
};

void collect(const Layer& layer, std::vector<Listed>& all) {
  for (const TensorSpec& spec : layer.weights()) all.push_back({layer.path() + '/' + spec.name, spec, layer});
  for (const Layer& child : layer.sublayers()) collect(child, all);
}

std::vector<Listed> all_weights(const Model& model) {
  std::vector<Listed> all;
  for (const Layer& layer : model.layers()) collect(layer, all);
  return all;
}

files::Json shape_json(const TensorSpec& spec) {
  files::Json shape = files::Json::array();
  for (const auto& extent : spec.shape) shape.push_back(extent ? files::Json(*extent) : files::Json());
  return shape;
}

files::Json specs_json(const std::vector<TensorSpec>& specs) {
  files::Json list = files::Json::array();
  for (const TensorSpec& spec : specs) {
    list.push_back(files::Json::object({{"name", spec.name}, {"dtype", name_of(spec.dtype)}, {"shape", shape_json(spec)}}));
  }
  return list;
}

}  // namespace

files::Json item_json(const UnsupportedError::Item& item) {
  return files::Json::object({{"layer", item.layer}, {"class_name", item.class_name}, {"reason", item.reason}});
}

namespace {

int64_t parameters_of(const host::LayerInfo& layer) {
  int64_t count = 0;
  for (const host::WeightInfo& weight : layer.weights) count += weight.tensor->dims().elements();
  for (const host::LayerInfo& child : layer.children) count += parameters_of(child);
  return count;
}

std::vector<Dims> dims_for(const Model& model, int64_t batch) {
  std::vector<Dims> all;
  for (const auto& [name, tensor] : random_inputs(model, batch, 1)) all.push_back(tensor.dims());
  return all;
}

Model on_cpu(ModelOptions options) {
  options.device = "cpu";
  return options.load();
}

}  // namespace

int summary(const ModelOptions& options) {
  const auto model = loader::describe_model(options.source());
  if (!options.json) {
    std::cout << model->summary(80);
    return 0;
  }
  files::Json layers = files::Json::array(), unsupported = files::Json::array();
  for (const host::LayerInfo& layer : model->root().children)
    layers.push_back(files::Json::object({{"name", layer.name}, {"class_name", layer.class_name}}));
  files::Json object = files::Json::object({{"name", model->name()},
                                            {"inputs", specs_json(model->inputs())},
                                            {"outputs", specs_json(model->outputs())},
                                            {"parameters", parameters_of(model->root())},
                                            {"layers", std::move(layers)}});
  for (const UnsupportedError::Item& item : model->refusals()) unsupported.push_back(item_json(item));
  if (!model->refusals().empty()) object.set("unsupported", std::move(unsupported));
  std::cout << object.dump() << '\n';
  return 0;
}

namespace {

// For a model that cannot run: lists the weights by their paths in the file, independent of layers.
int weights_in_file(const WeightsCommand& command, const UnsupportedError& error) {
  const files::Hdf5File file = loader::open_weights(command.source());
  files::Json list = files::Json::array(), unsupported = files::Json::array();
  for (const std::string& path : file.datasets()) {
    if (path.starts_with("optimizer")) continue;
    if (path == command.path) {
      const Tensor weight = file.read_tensor(path);
      files::write_npy(command.out, weight);
      return 0;
    }
    const files::Hdf5File::Dataset dataset = file.dataset(path);
    TensorSpec spec{path, dataset.dtype, {}};
    for (int64_t extent : dataset.dims) spec.shape.emplace_back(extent);
    if (!command.json && command.path.empty()) std::cout << path << ' ' << spec.to_string() << '\n';
    list.push_back(files::Json::object({{"path", path}, {"dtype", name_of(dataset.dtype)}, {"shape", shape_json(spec)}}));
  }
  if (!command.path.empty())
    throw UsageError('\'' + file.name() + "' holds no weight \"" + command.path + "\" (keraunos weights MODEL lists all)");
  for (const UnsupportedError::Item& item : error.items) unsupported.push_back(item_json(item));
  if (command.json)
    std::cout << files::Json::object({{"weights", std::move(list)}, {"unsupported", std::move(unsupported)}}).dump() << '\n';
  else
    note("keraunos: weights are named by their places in the file, since the model cannot run (keraunos summary MODEL says why)");
  return 0;
}

int weights_of(const Model& model, const WeightsCommand& command) {
  const std::vector<Listed> all = all_weights(model);
  if (command.path.empty()) {
    files::Json list = files::Json::array();
    for (const Listed& weight : all) {
      if (command.json) {
        list.push_back(files::Json::object(
            {{"path", weight.path}, {"dtype", name_of(weight.spec.dtype)}, {"shape", shape_json(weight.spec)}}));
      } else {
        std::cout << weight.path << ' ' << weight.spec.to_string() << '\n';
      }
    }
    if (command.json) std::cout << files::Json::object({{"weights", std::move(list)}}).dump() << '\n';
    return 0;
  }
  for (const Listed& weight : all) {
    if (weight.path != command.path && weight.path + ":0" != command.path) continue;
    const Tensor saved = weight.layer.weight(weight.spec.name);
    files::write_npy(command.out, saved);
    return 0;
  }
  std::string known;
  for (size_t i = 0; i < all.size() && i < 5; ++i) known += (i ? ", " : "") + all[i].path;
  throw UsageError("the model has no weight \"" + command.path + "\"; it has " + (known.empty() ? "none" : known) +
                   (all.size() > 5 ? ", … (keraunos weights MODEL lists all)" : ""));
}

}  // namespace

int weights(const WeightsCommand& command) {
  if (!command.path.empty() && command.out.empty()) throw UsageError("weights MODEL PATH needs OUT.npy to write to");
  try {
    return weights_of(on_cpu(command), command);
  } catch (const UnsupportedError& error) {
    return weights_in_file(command, error);
  }
}

int inspect(const InspectCommand& command) {
  if (!command.html.empty()) return inspect_as_page(command);
  if (command.measure)
    throw UsageError("--measure times the steps for a page: it needs --html FILE (keraunos profile prints times)");
  if (!command.inputs.empty())
    throw UsageError("--inputs is for a page: it needs --html FILE (--batch says how many rows a plan is for)");
  const Model model = command.load();
  if (command.json) {
    files::Json object = files::Json::object({{"name", model.name()},
                                              {"device", model.device().to_string()},
                                              {"inputs", specs_json(model.inputs())},
                                              {"outputs", specs_json(model.outputs())}});
    if (command.plan) object.set("plan", loader::plan_json(model.describe_plan(dims_for(model, command.batch))));
    std::cout << object.dump() << '\n';
    return 0;
  }
  std::cout << "model " << model.name() << " on " << model.device().to_string() << '\n';
  for (const TensorSpec& spec : model.inputs()) std::cout << "input  " << spec.name << ' ' << spec.to_string() << '\n';
  for (const TensorSpec& spec : model.outputs()) std::cout << "output " << spec.name << ' ' << spec.to_string() << '\n';
  if (command.plan) {
    std::cout << model.plan(dims_for(model, command.batch));
  } else {
    for (const Layer& layer : model.layers()) std::cout << "layer  " << layer.name() << " (" << layer.class_name() << ")\n";
  }
  return 0;
}

}  // namespace keraunos::cli
