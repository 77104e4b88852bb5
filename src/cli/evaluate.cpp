#include <iostream>

#include "cli/commands.h"
#include "loader/files/json.h"
#include "loader/files/npy.h"

namespace keraunos::cli {
namespace {

constexpr const char* kFirst = "arr_0";

// By the outputs' names, or by number; a weight named "all" is for every output.
NamedViews views_for_outputs(const Model& model, const Named& arrays, const std::string& file, bool are_weights) {
  const std::vector<TensorSpec> outputs = model.outputs();
  NamedViews views;
  for (const auto& [name, tensor] : arrays) {
    std::string output = are_weights && (name == "all" || (arrays.size() == 1 && name == kFirst)) ? "" : name;
    bool known = output.empty();
    for (size_t i = 0; i < outputs.size() && !known; ++i) {
      known = outputs[i].name == name || name == "arr_" + std::to_string(i);
      if (known) output = outputs[i].name;
    }
    if (known)
      views.emplace_back(output, tensor);
    else
      note("keraunos: the array \"" + name + "\" of '" + file + "' is for no output of the model and is not used");
  }
  return views;
}

files::Json json_of(const Tensor& score) {
  const auto values = score.values<float>();
  if (score.dims().rank() == 0) return files::Json(double{values[0]});
  files::Json list = files::Json::array();
  for (const float value : values) list.push_back(double{value});
  return list;
}

Named scores_of(const Model& model, const NamedViews& inputs, const NamedViews& targets, const EvaluateOptions& options) {
  try {
    return model.evaluate(inputs, targets, options);
  } catch (const UsageError& error) {
    throw DataError(error.what());  // arrays that do not fit are a DataError
  }
}

}  // namespace

int evaluate(const EvaluateCommand& command) {
  const Model model = command.load();
  const auto budget = std::make_shared<files::MemoryBudget>(command.max_bytes);
  const Named inputs = files::read_arrays(command.inputs, budget), targets = files::read_arrays(command.targets, budget);
  const Named weights = command.sample_weight.empty() ? Named() : files::read_arrays(command.sample_weight, budget);
  const EvaluateOptions options{.sample_weight = views_for_outputs(model, weights, command.sample_weight, true),
                                .batch_size = command.batch_size};
  const Named scores = scores_of(model, inputs_for(model, inputs, command.inputs),
                                 views_for_outputs(model, targets, command.targets, false), options);
  files::Json object = files::Json::object();
  for (const auto& [name, score] : scores) object.set(name, json_of(score));
  if (command.json) {
    std::cout << files::Json::object({{"device", model.device().to_string()}, {"scores", std::move(object)}}).dump() << '\n';
    return 0;
  }
  for (const auto& [name, score] : object.members()) std::cout << name << ": " << score.dump() << '\n';
  return 0;
}

}  // namespace keraunos::cli
