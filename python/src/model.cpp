#include "model.h"

#include "arrays.h"
#include "keraunos/error.h"
#include "keraunos/model.h"
#include "keraunos/saved_config.h"
#include "watch.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

py::tuple spec_tuple(const TensorSpec& spec) {
  return py::make_tuple(spec.name, std::string(name_of(spec.dtype)), py::tuple(py::cast(spec.shape)), spec.input_layer);
}

py::list spec_tuples(const std::vector<TensorSpec>& specs) {
  py::list answer;
  for (const TensorSpec& spec : specs) answer.append(spec_tuple(spec));
  return answer;
}

constexpr int64_t kRowsWithoutSignals = 32;  // a batch of Keras's

/// A `batch_size` of -1 means that all rows are one batch.
py::list predict(const Model& model, const py::list& arrays, int64_t batch_size, const py::object& progress,
                 std::optional<int64_t> max_turns) {
  const NamedArrays inputs(arrays);
  Watch watch(progress);
  Named results;
  try {
    const py::gil_scoped_release without_gil;
    if (batch_size == -1) batch_size = size_of_one_batch(model, inputs.views());
    results = model.predict(inputs.views(), watch.options(batch_size, max_turns));
  } catch (const Cancelled&) {
    watch.rethrow();
    throw;
  }
  watch.rethrow();
  return to_numpy(std::move(results));
}

/// The whole array as one batch, or with `in_pieces` as predict() cuts it.
/// Returns None if the array is not plain, or has a floating dtype that Keras's predict() would convert to float32.
py::object predict_array(const Model& model, const py::handle& x, py::ssize_t rank, const py::handle& type, bool in_pieces) {
  const std::optional<TensorView> view = plain_array(x, rank);
  if (!view || (in_pieces && is_floating(view->dtype) && view->dtype != DType::float32)) return py::none();
  if (in_pieces && view->dims[0] > kRowsWithoutSignals) return py::none();
  Tensor result;
  {
    const py::gil_scoped_release without_gil;
    result = model.predict(*view, {in_pieces ? 0 : size_of_one_batch(model, {&view->dims, 1}), {}, {}});
  }
  return array_over(std::move(result), type);
}

py::list evaluate(const Model& model, const py::list& x, const py::list& y, const py::list& weights, int64_t batch_size) {
  const NamedArrays inputs(x), targets(y), sample_weight(weights);
  const EvaluateOptions options{sample_weight.views(), batch_size};
  Named scores;
  {
    const py::gil_scoped_release without_gil;
    scores = model.evaluate(inputs.views(), targets.views(), options);
  }
  return to_numpy(std::move(scores));
}

std::string plan(const Model& model, const std::vector<std::vector<int64_t>>& shapes) {
  std::vector<Dims> dims;
  dims.reserve(shapes.size());
  for (const std::vector<int64_t>& shape : shapes) dims.emplace_back(std::span<const int64_t>(shape));
  const py::gil_scoped_release without_gil;
  return model.plan(dims);
}

py::dict memory(const Model& model) {
  MemoryUse use;
  {
    const py::gil_scoped_release without_gil;  // a thread that holds the model's lock may wait for the GIL
    use = model.memory();
  }
  py::dict answer;
  answer["host"] = use.host();
  answer["device"] = use.device();
  answer["scratch"] = use.scratch;
  return answer;
}

py::object weight(const Layer& layer, const std::string& name) {
  Tensor tensor;
  {
    const py::gil_scoped_release without_gil;
    tensor = layer.weight(name);
  }
  return to_numpy(std::move(tensor));
}

Quantization quantization_of(const std::string& name) {
  if (name.empty()) return Quantization::none;
  if (name == "int8") return Quantization::int8;
  if (name == "int4") return Quantization::int4;
  throw UsageError("quantize expects \"int8\" or \"int4\", found \"" + name + '"');
}

/// Collects the warnings, one sentence each.
std::vector<std::string> save(const Model& model, const std::string& path, const std::string& quantize) {
  std::vector<std::string> warnings;
  model.save(path, {.quantize = quantization_of(quantize),
                    .warning = [&](const std::string& sentence) { warnings.push_back(sentence); }});
  return warnings;
}

std::pair<Model, std::vector<std::string>> load_weights(const Model& model, const std::string& path, bool by_name,
                                                        bool skip_mismatch) {
  std::vector<std::string> warnings;
  const auto warning = [&](const std::string& sentence) { warnings.push_back(sentence); };
  Model other = model.load_weights(path, {.by_name = by_name, .skip_mismatch = skip_mismatch, .warning = warning});
  return {std::move(other), std::move(warnings)};
}

/// `weights`: pairs of a name, which is ignored, and an array.
Model set_weights(const Model& model, const std::string& layer, const py::list& weights) {
  const NamedArrays arrays(weights);
  std::vector<TensorView> views;
  for (const auto& [name, view] : arrays.views()) views.push_back(view);
  const py::gil_scoped_release without_gil;
  return model.set_weights(views, layer);
}

py::list optimizer_variables(const Model& model) {
  Named variables;
  {
    const py::gil_scoped_release without_gil;
    variables = model.optimizer_variables();
  }
  return to_numpy(std::move(variables));
}

/// A wrapper's part by its attribute, or a nested model's layer by its name; None where there is none.
py::object part(const Layer& layer, const std::string& name) {
  try {
    return py::cast(layer.sublayer(name));
  } catch (const UsageError&) {
    return py::none();
  }
}

void bind_layer(py::module_& module) {
  py::class_<Layer>(module, "Layer")
      .def_property_readonly("name", &Layer::name)
      .def_property_readonly("class_name", &Layer::class_name)
      .def_property_readonly("path", &Layer::path)
      .def("config", &Layer::config)
      .def("weights", [](const Layer& layer) { return spec_tuples(layer.weights()); })
      .def("weight", &weight)
      .def("part", &part)
      .def("sublayers", &Layer::sublayers);
}

}  // namespace

void bind_model(py::module_& module) {
  bind_layer(module);
  py::class_<Model>(module, "Model")
      .def("predict", &predict)
      .def("predict_array", &predict_array)
      .def("evaluate", &evaluate)
      .def("plan", &plan)
      .def("memory", &memory)
      .def("trim", &Model::trim, py::call_guard<py::gil_scoped_release>())
      .def("load_weights", &load_weights, py::call_guard<py::gil_scoped_release>())
      .def("weights", [](const Model& model, const std::string& layer) { return spec_tuples(model.weights(layer)); })
      .def("set_weights", &set_weights)
      .def("optimizer_variables", &optimizer_variables)
      .def("save", &save, py::call_guard<py::gil_scoped_release>())
      .def("summary", &Model::summary, py::call_guard<py::gil_scoped_release>())
      .def("with_outputs", &Model::with_outputs, py::call_guard<py::gil_scoped_release>())
      .def("layers", &Model::layers)
      .def("get_layer", [](const Model& model, const std::string& name) { return model.get_layer(name); })
      .def("get_layer", [](const Model& model, int index) { return model.get_layer(index); })
      .def_property_readonly("stateful", [](const Model& model) { return is_stateful(model); })
      .def("saved_config",
           [](const Model& model) {
             const SavedConfig saved = saved_config(model);
             return std::make_pair(saved.class_name, saved.config);
           })
      .def_property_readonly("name", &Model::name)
      .def_property_readonly("compiled", &Model::compiled)
      .def_property_readonly("device", [](const Model& model) { return model.device().to_string(); })
      .def_property_readonly("inputs", [](const Model& model) { return spec_tuples(model.inputs()); })
      .def_property_readonly("outputs", [](const Model& model) { return spec_tuples(model.outputs()); });
}

}  // namespace keraunos::python
