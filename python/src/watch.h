// How a prediction is cut and watched while it runs.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <span>
#include <stop_token>

#include "keraunos/model.h"

namespace keraunos::python {

/// Calls Python between the pieces of a batch: the caller's function and signal handlers (Ctrl-C). The first exception stops the
/// prediction and replaces its Cancelled.
class Watch {
 public:
  explicit Watch(const pybind11::object& progress) : progress_(progress) {}

  /// Without `max_turns`: the library's default.
  PredictOptions options(int64_t batch_size, std::optional<int64_t> max_turns) {
    return {batch_size, [this](int64_t done, int64_t total) { look(done, total); }, stop_.get_token(),
            max_turns.value_or(PredictOptions{}.max_turns)};
  }
  /// Requires the GIL.
  void rethrow() {
    if (error_) throw pybind11::error_already_set(std::move(*error_));
  }

 private:
  void look(int64_t done, int64_t total) {
    const pybind11::gil_scoped_acquire gil;
    if (error_) return;
    try {
      if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
      if (!progress_.is_none()) progress_(done, total);
    } catch (pybind11::error_already_set& error) {
      error_.emplace(std::move(error));
      stop_.request_stop();
    }
  }

  pybind11::object progress_;
  std::optional<pybind11::error_already_set> error_;
  std::stop_source stop_;
};

/// The PredictOptions::batch_size for one batch. If rows are independent, it is 0: the library's choice gives the same results
/// faster.
int64_t size_of_one_batch(const Model& model, std::span<const Dims> inputs);
int64_t size_of_one_batch(const Model& model, const NamedViews& inputs);

}  // namespace keraunos::python
