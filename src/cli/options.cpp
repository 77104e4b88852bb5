#include <unistd.h>

#include <charconv>
#include <iostream>

#include "cli/commands.h"
#include "golden/golden.h"

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

}  // namespace

Model ModelOptions::load() const {
  if (!weights.starts_with(kSynthetic)) return load_model(model, load_options());
  uint64_t seed = 0;
  const char* end = weights.data() + weights.size();
  const auto [rest, failed] = std::from_chars(weights.data() + kSynthetic.size(), end, seed);
  if (failed != std::errc{} || rest != end) throw UsageError("--weights expects a file or synthetic:SEED, found \"" + weights + '"');
  LoadOptions options = load_options();
  options.weights.clear();
  return golden::load_synthetic(model, options, seed);
}

LoadOptions ModelOptions::load_options() const {
  LoadOptions options;
  options.device = device_of(device);
  options.precision = precision_of(precision);
  options.threads = threads;
  options.weights = weights;
  options.signature = signature;
  options.compile = !no_compile;
  options.hdf5 = hdf5_of(hdf5);
  options.max_bytes = max_bytes;
  return options;
}

NamedViews inputs_for(const Model& model, const Named& arrays, const std::string& file) {
  const std::vector<TensorSpec> specs = model.inputs();
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i) {
    const std::string numbered = "arr_" + std::to_string(i);
    const Tensor* found = nullptr;
    for (const auto& [name, tensor] : arrays) {
      if (name == specs[i].name) found = &tensor;
    }
    for (const auto& [name, tensor] : arrays) {
      if (found == nullptr && name == numbered) found = &tensor;
    }
    if (found == nullptr) {
      std::string names;
      for (const auto& [name, tensor] : arrays) names += (names.empty() ? "\"" : ", \"") + name + '"';
      throw UsageError("'" + file + "' has no array \"" + specs[i].name + "\" or \"" + numbered + "\" for input " + std::to_string(i) + " (" +
                       specs[i].to_string() + "); it has " + (names.empty() ? "none" : names) + "; name the arrays as the model's inputs");
    }
    views.emplace_back(specs[i].name, *found);
  }
  return views;
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
    // Small integers are valid ids of almost any table; floats are uniform in [-1, 1).
    Tensor numbers(is_floating(spec.dtype) ? DType::float32 : DType::int32, dims);
    for (int64_t i = 0; i < dims.elements(); ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const auto bits = static_cast<uint32_t>(seed >> 40);
      if (is_floating(spec.dtype)) numbers.mutable_values<float>()[static_cast<size_t>(i)] = static_cast<float>(bits) * 0x1p-23f - 1.0f;
      else numbers.mutable_values<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(bits % 3);
    }
    inputs.emplace_back(spec.name, std::move(numbers));
  }
  return inputs;
}

void note(const std::string& line) { std::cerr << line << '\n'; }

}  // namespace keraunos::cli
