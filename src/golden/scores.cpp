// Compares evaluate() with Keras's recorded results.
#include <cmath>
#include <sstream>

#include "golden/compare.h"
#include "golden/golden.h"
#include "loader/files/npy.h"

namespace keraunos::golden {
namespace {

// By the output's name where there is one, else by position, because cases with one output may use any name.
NamedViews views_of(const Model& model, const Named& arrays) {
  const std::vector<TensorSpec> outputs = model.outputs();
  NamedViews views;
  for (size_t i = 0; i < arrays.size(); ++i) {
    bool known = arrays[i].first == "all";
    for (const TensorSpec& output : outputs) known = known || output.name == arrays[i].first;
    const std::string name = known || i >= outputs.size() ? arrays[i].first : outputs[i].name;
    views.emplace_back(name == "all" ? "" : name, arrays[i].second);
  }
  return views;
}

std::string text_of(const std::vector<double>& numbers) {
  std::ostringstream text;
  text.precision(9);
  for (size_t i = 0; i < numbers.size(); ++i) text << (i > 0 ? ", " : "") << numbers[i];
  return text.str();
}

std::vector<double> numbers_of(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

bool agree(const std::vector<double>& found, const std::vector<double>& expected, double rtol, double atol) {
  if (found.size() != expected.size()) return false;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool same = found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]));
    if (!same && !(std::abs(found[i] - expected[i]) <= atol + rtol * std::abs(expected[i]))) return false;
  }
  return true;
}

std::string names_of(const Named& scores) {
  std::string names;
  for (const auto& [name, value] : scores) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

std::string compare_scores(const Model& model, const NamedViews& inputs, const Case& golden, const LoadOptions& options) {
  const Evaluated& expected = *golden.evaluated;
  const auto budget = std::make_shared<files::MemoryBudget>(options.max_bytes);
  const Named targets = files::read_npz(expected.targets.string(), budget);
  const Named weights = expected.weights.empty() ? Named() : files::read_npz(expected.weights.string(), budget);
  const Named found = model.evaluate(inputs, views_of(model, targets),
                                     {.sample_weight = views_of(model, weights), .batch_size = expected.batch_size});
  if (found.size() != expected.scores.size())
    return std::to_string(found.size()) + " scores (" + names_of(found) + "), expected " + std::to_string(expected.scores.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const auto& [name, numbers] = expected.scores[i];
    if (expected.in_order && found[i].first != name)
      return "score " + std::to_string(i) + " is \"" + found[i].first + "\", expected \"" + name + '"';
    const Tensor* score = found.find(name);
    if (score == nullptr) return "there is no score \"" + name + "\"; there are " + names_of(found);
    if (!agree(numbers_of(*score), numbers, golden.rtol, std::max(golden.atol, 1e-6)))
      return "score \"" + name + "\" is " + text_of(numbers_of(*score)) + ", expected " + text_of(numbers);
  }
  return {};
}

}  // namespace keraunos::golden
