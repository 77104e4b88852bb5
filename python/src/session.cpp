#include "keraunos/session.h"

#include <mutex>

#include "arrays.h"
#include "keraunos/model.h"
#include "model.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

/// States of stateful layers that continue from call to call, as in Keras. Only one caller at a time computes.
class States {
 public:
  explicit States(const Model& model) : session_(model.session()) {}

  /// All inputs in the model's order, with the dtypes of the model's inputs.
  py::list run(const py::list& arrays) {
    const NamedArrays inputs(arrays);
    Named results;
    {
      const py::gil_scoped_release without_gil;
      results = computed(inputs.views());
    }
    return to_numpy(std::move(results));
  }
  void reset() {
    const py::gil_scoped_release without_gil;
    const std::lock_guard one_caller(mutex_);
    session_.reset_states();
  }

 private:
  Named computed(const NamedViews& inputs) {
    std::vector<TensorView> in;
    std::vector<Dims> dims;
    for (const auto& [name, view] : inputs) {
      in.push_back(view);
      dims.push_back(view.dims);
    }
    const std::lock_guard one_caller(mutex_);
    Named results;
    std::vector<MutableView> out;
    for (const TensorSpec& spec : session_.outputs_for(dims)) results.emplace_back(spec.name, made_for(spec));
    for (auto& [name, tensor] : results) out.push_back(tensor.mutable_view());
    session_.run(in, out);
    return results;
  }

  static Tensor made_for(const TensorSpec& spec) {
    std::vector<int64_t> sizes;
    for (const std::optional<int64_t>& size : spec.shape) sizes.push_back(size.value_or(0));
    return {spec.dtype, Dims(std::span<const int64_t>(sizes))};
  }

  std::mutex mutex_;
  Session session_;
};

}  // namespace

void bind_session(py::module_& module) {
  py::class_<States>(module, "States").def(py::init<const Model&>()).def("run", &States::run).def("reset", &States::reset);
}

}  // namespace keraunos::python
