#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <set>

#include "cli/commands.h"
#include "golden/golden.h"
#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"

namespace keraunos::cli {
namespace {

std::optional<Device> device_of(const std::string& text) {
  if (text == "auto") return std::nullopt;
  if (text == "cpu") return Device{};
  if (text == "cuda") return Device{.kind = Device::cuda, .index = 0};
  if (text.starts_with("cuda:")) {
    int index = -1;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data() + 5, end, index);
    if (failed == std::errc{} && rest == end && index >= 0) return Device{.kind = Device::cuda, .index = index};
  }
  throw UsageError("--device expects auto, cpu, cuda or cuda:N, found \"" + text + '"');
}

Precision precision_of(const std::string& text) {
  if (text == "as_saved") return Precision::as_saved;
  if (text == "float32") return Precision::float32;
  if (text == "tf32") return Precision::tf32;
  if (text == "bfloat16") return Precision::bfloat16;
  if (text == "float16") return Precision::float16;
  throw UsageError("--precision expects as_saved, float32, tf32, bfloat16 or float16, found \"" + text + '"');
}

Hdf5Reader hdf5_of(const std::string& text) {
  if (text == "strict") return Hdf5Reader::strict;
  if (text == "library") return Hdf5Reader::library;
  throw UsageError("--hdf5 expects strict or library, found \"" + text + '"');
}

constexpr std::string_view kSynthetic = "synthetic:";

// "NAME=EXPRESSION".
template <class Add>
void add_expression(const std::string& option, const std::string& text, const Add& add) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) throw UsageError(option + " expects NAME=EXPRESSION, found \"" + text + '"');
  try {
    add(text.substr(0, equals), std::string_view(text).substr(equals + 1));
  } catch (const ModelError& error) {
    throw UsageError(option + " '" + text + "': " + error.what());
  }
}

void add_expressions(const ModelOptions& given, CustomObjects& objects) {
  for (const std::string& text : given.replacements)
    add_expression("--replace", text, [&](auto name, auto body) { objects.replace(name, expression_layer(body)); });
  for (const std::string& text : given.losses)
    add_expression("--loss", text, [&](auto name, auto body) { objects.loss(name, expression_comparison(body)); });
  for (const std::string& text : given.metrics)
    add_expression("--metric", text, [&](auto name, auto body) { objects.metric(name, expression_comparison(body)); });
}

}  // namespace

loader::LoadSource ModelOptions::source() const {
  loader::LoadSource source{.path = model, .options = load_options(), .synthetic_weights = {}, .for_evaluation = for_evaluation};
  if (!weights.starts_with(kSynthetic)) return source;
  uint64_t seed = 0;
  const char* end = weights.data() + weights.size();
  const auto [rest, failed] = std::from_chars(weights.data() + kSynthetic.size(), end, seed);
  if (failed != std::errc{} || rest != end)
    throw UsageError("--weights expects a file or synthetic:SEED, found \"" + weights + '"');
  source.options.weights.clear();
  source.synthetic_weights = seed;
  return source;
}

Model ModelOptions::load() const {
  const loader::LoadSource from = source();
  if (from.synthetic_weights) return golden::load_synthetic(model, from.options, *from.synthetic_weights);
  return host::with_memory_to("load this model", [&] { return host::make_model(loader::open_model(from), from.options); });
}

LoadOptions ModelOptions::load_options() const {
  LoadOptions options;
  options.device = device_of(device);
  options.precision = precision_of(precision);
  options.threads = threads;
  options.weights = weights;
  options.compile = !no_compile;
  options.safe_mode = safe_mode;
  options.signature = signature;
  add_expressions(*this, options.custom_objects);
  for (const std::string& recipe : recipes) options.custom_objects.recipe(recipe);
  options.hdf5 = hdf5_of(hdf5);
  options.max_bytes = max_bytes;
  options.scratch_folder = scratch;
  return options;
}

namespace {

struct Found {
  const std::string* name = nullptr;
  const Tensor* tensor = nullptr;
};

Found array_named(const Named& arrays, const std::string& wanted) {
  for (const auto& [name, tensor] : arrays) {
    if (!wanted.empty() && name == wanted) return {&name, &tensor};
  }
  return {};
}

// By the input's name, else by its InputLayer's (unless that is the name of another input), else by number.
Found array_for(const Named& arrays, const std::vector<TensorSpec>& specs, size_t i, const std::string& numbered) {
  if (const Found found = array_named(arrays, specs[i].name); found.tensor != nullptr) return found;
  const bool taken =
      std::any_of(specs.begin(), specs.end(), [&](const TensorSpec& other) { return other.name == specs[i].input_layer; });
  if (const Found found = array_named(arrays, taken ? std::string() : specs[i].input_layer); found.tensor != nullptr)
    return found;
  return array_named(arrays, numbered);
}

std::string names_in(const Named& arrays) {
  std::string names;
  for (const auto& [name, tensor] : arrays) names += (names.empty() ? "\"" : ", \"") + name + '"';
  return names.empty() ? "none" : names;
}

}  // namespace

NamedViews inputs_for(const Model& model, const Named& arrays, const std::string& file) {
  const std::vector<TensorSpec> specs = model.inputs();
  NamedViews views;
  std::set<std::string> used;
  for (size_t i = 0; i < specs.size(); ++i) {
    const std::string numbered = "arr_" + std::to_string(i);
    const Found found = array_for(arrays, specs, i, numbered);
    if (found.tensor == nullptr) {
      throw DataError("'" + file + "' has no array \"" + specs[i].name + "\" or \"" + numbered + "\" for input " +
                      std::to_string(i) + " (" + specs[i].to_string() + "); it has " + names_in(arrays) +
                      "; name the arrays as the model's inputs");
    }
    used.insert(*found.name);
    views.emplace_back(specs[i].name, *found.tensor);
  }
  for (const auto& [name, tensor] : arrays) {
    if (!used.contains(name))
      note("keraunos: the array \"" + name + "\" of '" + file + "' is no input of the model and is not used");
  }
  return views;
}

Named predicted(const Model& model, const NamedViews& inputs, const PredictOptions& options) {
  try {
    return model.predict(inputs, options);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

Named random_inputs(const Model& model, int64_t batch, uint64_t seed) {
  constexpr int64_t kUnknown = 8;
  Named inputs;
  for (const TensorSpec& spec : model.inputs()) {
    std::vector<int64_t> sizes;
    for (const auto& extent : spec.shape) sizes.push_back(extent.value_or(kUnknown));
    if (!sizes.empty()) sizes[0] = batch;
    const Dims dims(sizes);
    if (spec.dtype == DType::string) {
      const std::vector<std::string> words(static_cast<size_t>(dims.elements()), "the quick brown fox");
      inputs.emplace_back(spec.name, Tensor::strings(words, dims));
      continue;
    }
    // Small integers are valid ids for almost any table; floats are uniform in [-1, 1).
    Tensor numbers(is_floating(spec.dtype) ? DType::float32 : DType::int32, dims);
    for (int64_t i = 0; i < dims.elements(); ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const auto bits = static_cast<uint32_t>(seed >> 40);
      if (is_floating(spec.dtype))
        numbers.mutable_values<float>()[static_cast<size_t>(i)] = static_cast<float>(bits) * 0x1p-23f - 1.0f;
      else
        numbers.mutable_values<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(bits % 3);
    }
    inputs.emplace_back(spec.name, std::move(numbers));
  }
  return inputs;
}

void note(const std::string& line) { std::cerr << line << '\n'; }

}  // namespace keraunos::cli
