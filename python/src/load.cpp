#include <pybind11/stl.h>

#include <map>
#include <span>
#include <variant>

#include "keraunos/error.h"
#include "keraunos/model.h"
#include "kernel.h"
#include "model.h"
#include "ops.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

template <class T>
T chosen(const char* what, const std::string& text, const std::vector<std::pair<std::string, T>>& choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names += (names.empty() ? "\"" : ", \"") + name + '"';
  }
  throw UsageError(std::string(what) + "=\"" + text + "\" is not known; expected one of " + names);
}

std::optional<Device> device_of(const std::string& text) {
  if (text == "auto") return std::nullopt;
  if (text == "cpu") return Device{};
  if (text == "cuda" || text == "gpu") return Device{Device::cuda, 0};
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon), index = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool is_number = !index.empty() && index.size() < 4 && index.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && (kind == "cuda" || kind == "gpu")) return Device{Device::cuda, std::stoi(index)};
  throw UsageError("device=\"" + text + "\" is not known; expected \"auto\", \"cpu\", \"cuda\" or \"cuda:1\"");
}

/// `source`: a path, or the text of an architecture JSON as bytes.
Model load(const std::variant<py::bytes, std::string>& source, bool compile, bool safe_mode, const std::string& device,
           const std::string& precision, int threads, const std::string& weights, std::optional<uint64_t> max_bytes,
           const std::string& hdf5, const std::string& scratch_folder, const std::map<std::string, std::string>& replace,
           const std::vector<std::string>& recipes, const std::string& signature, const py::list& kernels,
           const py::list& functions, const std::map<std::string, std::string>& comparisons) {
  LoadOptions options;
  options.compile = compile;
  options.safe_mode = safe_mode;
  options.signature = signature;
  options.device = device_of(device);
  options.precision = chosen<Precision>("precision", precision,
                                        {{"as_saved", Precision::as_saved},
                                         {"float32", Precision::float32},
                                         {"tf32", Precision::tf32},
                                         {"bfloat16", Precision::bfloat16},
                                         {"float16", Precision::float16}});
  options.hdf5 = chosen<Hdf5Reader>("hdf5", hdf5, {{"strict", Hdf5Reader::strict}, {"library", Hdf5Reader::library}});
  options.threads = threads;
  options.weights = weights;
  options.scratch_folder = scratch_folder;
  if (max_bytes) options.max_bytes = *max_bytes;
  for (const auto& [layer, expression] : replace) options.custom_objects.replace(layer, expression_layer(expression));
  for (const std::string& recipe : recipes) options.custom_objects.recipe(recipe);
  add_kernels(options.custom_objects, kernels);
  add_ops_functions(options.custom_objects, functions);
  for (const auto& [name, expression] : comparisons) {
    options.custom_objects.loss(name, expression_comparison(expression));
    options.custom_objects.metric(name, expression_comparison(expression));
  }
  const std::string json = source.index() == 0 ? std::string(std::get<0>(source)) : std::string();
  const py::gil_scoped_release without_gil;
  return json.empty() ? load_model(std::filesystem::path(std::get<1>(source)), options)
                      : load_model(std::as_bytes(std::span(json)), options);
}

}  // namespace

void bind_load(py::module_& module) {
  module.def("load_model", &load, py::arg("source"), py::kw_only(), py::arg("compile"), py::arg("safe_mode"), py::arg("device"),
             py::arg("precision"), py::arg("threads"), py::arg("weights"), py::arg("max_bytes"), py::arg("hdf5"),
             py::arg("scratch_folder"), py::arg("replace"), py::arg("recipes"), py::arg("signature"), py::arg("kernels"),
             py::arg("functions"), py::arg("comparisons"));
}

}  // namespace keraunos::python
