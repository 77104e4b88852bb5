// The command diff: compares two models on the same inputs, layer by layer.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

#include "cli/commands.h"
#include "cli/diff_tensors.h"
#include "cli/layer_pairs.h"
#include "cli/text.h"
#include "host/model/model_state.h"
#include "loader/files/npy.h"

namespace keraunos::cli {
namespace {

using files::Json;

struct Compared {
  const SeenLayer *first, *second;
  size_t output = 0;
  std::string shapes{};  // the shapes, where they differ and nothing is compared
  ArrayDifference difference{};
};

struct Side {
  Model model;
  std::vector<SeenLayer> layers;
  Named outputs{};
  std::vector<size_t> begin{};  // by layer: index of its first output

  explicit Side(const ModelOptions& options)
      : model(options.load()),
        layers(seen_layers(dynamic_cast<const loader::KerasModel&>(host::Handles::state(model).source()))) {}

  void run(const std::vector<size_t>& wanted, const NamedViews& inputs, const PredictOptions& options) {
    std::vector<std::string> paths;
    size_t next = 0;
    begin.assign(layers.size(), 0);
    for (const size_t layer : wanted) {
      paths.push_back(layers[layer].path);
      begin[layer] = next;
      next += layers[layer].outputs.size();
    }
    outputs = predicted(model.with_outputs(paths), inputs, options);
  }
};

// By the second model's names, else in the order of the first model's.
NamedViews inputs_for_second(const Model& second, const NamedViews& of_first, const Named& arrays, const std::string& file) {
  const std::vector<TensorSpec> specs = second.inputs();
  const bool has_names = std::all_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) {
    return std::any_of(arrays.begin(), arrays.end(), [&](const auto& entry) { return entry.first == spec.name; });
  });
  if (has_names || specs.size() != of_first.size()) return inputs_for(second, arrays, file);
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i) views.emplace_back(specs[i].name, of_first[i].second);
  return views;
}

// The outputs of nested layers may not have one row for each row of a batch, so results of pieces could not be joined: predict
// all rows at once. 0 where the file fixes the batch size.
int64_t all_rows(const Model& model, const NamedViews& inputs) {
  const std::vector<TensorSpec> specs = model.inputs();
  if (inputs.empty() || inputs[0].second.dims.rank() == 0 || host::fixed_batch(specs)) return 0;
  return inputs[0].second.dims[0];
}

std::vector<Compared> compare_all(const Side& a, const Side& b, const LayerPairs& pairs, const Tolerance& tolerance) {
  std::vector<Compared> all;
  for (const auto& [i, j] : pairs.pairs) {
    const SeenLayer &first = a.layers[i], &second = b.layers[j];
    for (size_t k = 0; k < std::min(first.outputs.size(), second.outputs.size()); ++k) {
      const Tensor &x = a.outputs[a.begin[i] + k].second, &y = b.outputs[b.begin[j] + k].second;
      Compared& compared = all.emplace_back(Compared{.first = &first, .second = &second, .output = k});
      if (x.dims() == y.dims())
        compared.difference = difference_of(x, y, tolerance);
      else
        compared.shapes = "shapes " + x.dims().to_string() + " and " + y.dims().to_string(), compared.difference.differs = true;
    }
    if (first.outputs.size() == second.outputs.size()) continue;
    Compared& compared = all.emplace_back(Compared{.first = &first, .second = &second});
    compared.shapes = std::to_string(first.outputs.size()) + " and " + std::to_string(second.outputs.size()) + " outputs";
    compared.difference.differs = true;
  }
  return all;
}

std::string name_of_pair(const Compared& compared) {
  std::string name = compared.first->path;
  if (compared.first->path != compared.second->path) name += " = " + compared.second->path;
  if (compared.first->outputs.size() > 1) name += " output " + std::to_string(compared.output);
  return name;
}

std::string scientific(double number) {
  std::array<char, 40> room{};
  std::snprintf(room.data(), room.size(), "%.2e", number);
  return room.data();
}

std::string said_of(const Compared& compared) {
  if (!compared.shapes.empty()) return compared.shapes;
  const ArrayDifference& difference = compared.difference;
  return "max abs " + scientific(difference.max_abs) + ", max rel " + scientific(difference.max_rel) + ", at " + difference.where;
}

void print_unpaired(const char* what, const std::vector<SeenLayer>& layers, const std::vector<size_t>& unpaired) {
  if (unpaired.empty()) return;
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(unpaired.size(), 10); ++i)
    names += (i > 0 ? ", " : "") + layers[unpaired[i]].path + " (" + layers[unpaired[i]].class_name + ')';
  if (unpaired.size() > 10) names += " and " + std::to_string(unpaired.size() - 10) + " more";
  std::cout << what << without_controls(names) << '\n';
}

void print(const std::vector<Compared>& all, const Side& a, const Side& b, const LayerPairs& pairs) {
  const auto first = std::find_if(all.begin(), all.end(), [](const Compared& c) { return c.difference.differs; });
  if (first == all.end())
    std::cout << "all " << all.size() << " outputs of " << pairs.pairs.size() << " layers agree\n";
  else
    std::cout << "the first layer that differs: " << without_controls(name_of_pair(*first)) << " (" << first->first->class_name
              << "): " << without_controls(said_of(*first)) << '\n';
  print_unpaired("only in the first: ", a.layers, pairs.only_first);
  print_unpaired("only in the second: ", b.layers, pairs.only_second);
  Table table({"", "max abs", "max rel", "differing", "layer", "class"}, "lrrrll");
  for (const Compared& compared : all) {
    const ArrayDifference& difference = compared.difference;
    const bool has_numbers = compared.shapes.empty();
    table.row({difference.differs ? "DIFFERS" : "same", has_numbers ? scientific(difference.max_abs) : "",
               has_numbers ? scientific(difference.max_rel) : "",
               has_numbers ? std::to_string(difference.elements) : compared.shapes, name_of_pair(compared),
               compared.first->class_name});
  }
  std::cout << '\n' << table.text();
}

Json unpaired_json(const std::vector<SeenLayer>& layers, const std::vector<size_t>& unpaired) {
  Json list = Json::array();
  for (const size_t layer : unpaired) list.push_back(layers[layer].path);
  return list;
}

Json compared_json(const Compared& compared) {
  return Json::object({{"layer", compared.first->path},
                       {"other_layer", compared.second->path},
                       {"class_name", compared.first->class_name},
                       {"output", static_cast<int64_t>(compared.output)},
                       {"differs", compared.difference.differs},
                       {"shapes", compared.shapes},
                       {"max_abs", compared.difference.max_abs},
                       {"max_rel", compared.difference.max_rel},
                       {"elements", compared.difference.elements},
                       {"worst", compared.difference.where}});
}

void print_json(const std::vector<Compared>& all, const Side& a, const Side& b, const LayerPairs& pairs, bool differs) {
  Json list = Json::array();
  for (const Compared& compared : all) list.push_back(compared_json(compared));
  std::cout << Json::object({{"differs", differs},
                             {"outputs", std::move(list)},
                             {"only_in_first", unpaired_json(a.layers, pairs.only_first)},
                             {"only_in_second", unpaired_json(b.layers, pairs.only_second)}})
                   .dump()
            << '\n';
}

}  // namespace

int diff(const DiffCommand& command) {
  ModelOptions other = command;
  other.model = command.other;
  if (!command.other_device.empty()) other.device = command.other_device;
  if (!command.other_precision.empty()) other.precision = command.other_precision;
  const Named arrays = files::read_arrays(command.inputs, std::make_shared<files::MemoryBudget>(command.max_bytes));
  Side a(command), b(other);
  const LayerPairs pairs = pair_layers(a.layers, b.layers);
  if (pairs.pairs.empty())
    throw UsageError("no layer of '" + command.model + "' is one of '" + command.other + "': nothing to compare");
  std::vector<size_t> of_a, of_b;
  for (const auto& [i, j] : pairs.pairs) of_a.push_back(i), of_b.push_back(j);
  const NamedViews inputs = inputs_for(a.model, arrays, command.inputs);
  const PredictOptions options{.batch_size = command.batch_size > 0 ? command.batch_size : all_rows(a.model, inputs)};
  a.run(of_a, inputs, options);
  b.run(of_b, inputs_for_second(b.model, inputs, arrays, command.inputs), options);
  const std::vector<Compared> all = compare_all(a, b, pairs, {.rtol = command.rtol, .atol = command.atol});
  const bool differs = std::any_of(all.begin(), all.end(), [](const Compared& c) { return c.difference.differs; });
  if (command.json)
    print_json(all, a, b, pairs, differs);
  else
    print(all, a, b, pairs);
  return differs ? 1 : 0;
}

}  // namespace keraunos::cli
