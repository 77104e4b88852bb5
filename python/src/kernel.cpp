#include "kernel.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "arrays.h"
#include "gil.h"
#include "keraunos/saved_config.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

DType dtype_called(const std::string& name) {
  for (int i = 0; i < static_cast<int>(DType::string); ++i) {
    if (name_of(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  throw UsageError("a NumPy kernel cannot return " + name);
}

/// What kernels.NumpyKernel says about itself.
struct KernelFacts {
  std::shared_ptr<PyObject> reference;  // weak
  std::string name, number;
  std::vector<std::string> weights;
  std::set<std::string> keys;
  bool rows_are_local = false, passes_mask = false;
};

KernelFacts facts_of(const py::handle& kernel) {
  return {.reference = kept(py::weakref(kernel)),
          .name = kernel.attr("__qualname__").cast<std::string>(),
          .number = py::str(kernel.attr("number")),
          .weights = kernel.attr("weights").cast<std::vector<std::string>>(),
          .keys = kernel.attr("keys").cast<std::set<std::string>>(),
          .rows_are_local = kernel.attr("rows_independent").cast<bool>(),
          .passes_mask = kernel.attr("supports_masking").cast<bool>()};
}

class NumpyKernel final : public Kernel {
 public:
  /// `layer`: the path of the layer; empty for a function.
  NumpyKernel(KernelFacts facts, std::string config, std::string layer)
      : facts_(std::move(facts)), config_(std::move(config)), layer_(std::move(layer)) {}

  std::string name() const override { return "numpy:" + facts_.name; }
  /// The path of the layer identifies its config.
  std::string parameters() const override { return layer_.empty() ? facts_.number : facts_.number + ' ' + layer_; }
  bool rows_are_local() const override { return facts_.rows_are_local; }

  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    const py::gil_scoped_acquire gil;
    return guarded(layer_.empty() ? std::string() : "layer \"" + layer_ + "\": ", [&] {
      py::list types;
      for (const TensorType& type : inputs)
        types.append(py::make_tuple(py::tuple(py::cast(std::vector<int64_t>(type.dims.begin(), type.dims.end()))),
                                    std::string(name_of(type.dtype))));
      std::vector<TensorType> results;
      for (const py::handle& result : function().attr("_types")(config_, types)) {
        const auto [dims, dtype] = result.cast<std::pair<std::vector<int64_t>, std::string>>();
        results.push_back({dtype_called(dtype), Dims(std::span<const int64_t>(dims))});
      }
      return results;
    });
  }

  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const py::gil_scoped_acquire gil;
    guarded("", [&] {
      py::list arrays, types;
      for (const TensorView& view : inputs) arrays.append(copy_of(view));
      for (const MutableView& view : outputs)
        types.append(py::make_tuple(py::tuple(py::cast(std::vector<int64_t>(view.dims.begin(), view.dims.end()))),
                                    std::string(name_of(view.dtype))));
      const py::list results = function().attr("_run")(config_, arrays, types);
      for (size_t i = 0; i < outputs.size(); ++i) write(results[i].cast<py::array>(), outputs[i]);
      return 0;
    });
  }

 private:
  py::object function() const {
    py::object kernel = py::reinterpret_borrow<py::object>(facts_.reference.get())();
    if (kernel.is_none()) throw InternalError("the function of a NumPy kernel was freed before its model");
    return kernel;
  }

  template <class Work>
  auto guarded(const std::string& where, const Work& work) const -> decltype(work()) {
    try {
      return work();
    } catch (py::error_already_set& error) {
      py::object raised = error.value();
      if (error.trace()) PyException_SetTraceback(raised.ptr(), error.trace().ptr());
      throw PythonRaised(where + "in the NumPy kernel " + facts_.name, kept(std::move(raised)));
    }
  }

  /// kernels.py has checked shape and dtype; bfloat16, which NumPy does not have, comes as float32.
  static void write(const py::array& result, const MutableView& to) {
    if (to.dtype == DType::bfloat16) {
      const auto* from = static_cast<const float*>(result.data());
      std::transform(from, from + to.dims.elements(), static_cast<bfloat16*>(to.data), [](float x) { return bfloat16(x); });
    } else if (to.bytes() > 0) {
      std::memcpy(to.data, result.data(), static_cast<size_t>(to.bytes()));
    }
  }

  KernelFacts facts_;
  std::string config_, layer_;
};

std::vector<Traced> call_kernel(Lowering& l, const KernelFacts& facts) {
  std::vector<Value> operands;
  for (const Traced& input : l.inputs()) operands.push_back(input.value);
  for (const std::string& name : facts.weights) {
    Shape shape;
    for (const int64_t size : l.saved(name).dims()) shape.push_back({size});
    operands.push_back(l.weight(name, shape));
  }
  const auto kernel = std::make_shared<const NumpyKernel>(facts, config_text(l.config()), l.path());
  std::vector<Traced> results;
  for (const Value value : l.call(kernel, operands)) results.push_back({value, {}});
  return results;
}

LayerDef layer_of(const KernelFacts& facts, const std::string& name) {
  std::vector<WeightName> weights;
  for (const std::string& weight : facts.weights) weights.push_back({.name = weight});
  return {.classes = {name},
          .keys = facts.keys,
          .weights = [weights](const Config&) { return weights; },
          .lower = [facts](Lowering& l) { return call_kernel(l, facts); },
          .passes_mask = facts.passes_mask};
}

}  // namespace

void add_kernels(CustomObjects& objects, const py::list& kernels) {
  for (const py::handle& entry : kernels) {
    const auto [role, name, kernel] = entry.cast<std::tuple<std::string, std::string, py::object>>();
    const KernelFacts facts = facts_of(kernel);
    if (role == "layer") objects.replace(name, layer_of(facts, name));
    if (role == "class") objects.layer(layer_of(facts, name));
    if (role == "function")
      objects.function(name, [facts](Builder& builder, Value x) {
        return builder.call(std::make_shared<const NumpyKernel>(facts, "{}", ""), {{x}}).at(0);
      });
  }
}

}  // namespace keraunos::python
