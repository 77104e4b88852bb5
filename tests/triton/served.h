// A served model of a recorded case: a repository in a temporary folder, the backend's model and instances.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <list>

#include "recorded.h"
#include "triton/fake_core.h"

namespace keraunos::triton {

void start_server(TRITONBACKEND_Backend& backend);

/// Of an error, which is freed; "" where there is none.
inline std::string text_of(TRITONSERVER_Error* error) {
  if (error == nullptr) return "";
  std::string message = error->message;
  TRITONSERVER_ErrorDelete(error);
  return message;
}

class Served {
 public:
  /// `config` replaces what the server read; empty: a folder without config.pbtxt.
  explicit Served(const std::string& name, const std::string& config = "") : recorded(name), expected_model(recorded.load()) {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("keraunos_triton_" + std::to_string(getpid()) + '_' + std::to_string(reinterpret_cast<uintptr_t>(this)));
    std::filesystem::create_directories(folder_ / "1");
    const std::filesystem::path file = golden::Case::read(case_folder(name)).model;
    std::filesystem::copy(file, folder_ / "1" / file.filename(),
                          std::filesystem::copy_options::overwrite_existing | std::filesystem::copy_options::recursive);
    keep_inputs();
    model.backend = &backend, model.location = folder_.string();
    if (!config.empty()) model.config = config;
    start_server(backend);
    EXPECT_EQ(text_of(TRITONBACKEND_Initialize(&backend)), "");
  }
  ~Served() {
    for (TRITONBACKEND_ModelInstance& instance : instances)
      EXPECT_EQ(text_of(TRITONBACKEND_ModelInstanceFinalize(&instance)), "");
    EXPECT_EQ(text_of(TRITONBACKEND_ModelFinalize(&model)), "");
    std::filesystem::remove_all(folder_);
    EXPECT_EQ(TRITONSERVER_Error::alive, 0);
    EXPECT_EQ(TRITONSERVER_Message::alive, 0);
    EXPECT_EQ(TRITONBACKEND_Response::alive, 0);
  }

  std::filesystem::path version_folder() const { return folder_ / "1"; }
  std::string initialise() { return text_of(TRITONBACKEND_ModelInitialize(&model)); }
  TRITONBACKEND_ModelInstance& add_instance() { return add_instance(device_under_test().kind == Device::cuda); }
  TRITONBACKEND_ModelInstance& add_instance(bool gpu) {
    instances.push_back({.model = &model, .kind = gpu ? TRITONSERVER_INSTANCEGROUPKIND_GPU : TRITONSERVER_INSTANCEGROUPKIND_CPU});
    EXPECT_EQ(text_of(TRITONBACKEND_ModelInstanceInitialize(&instances.back())), "");
    return instances.back();
  }

  /// Rows of the recorded inputs, in buffers of `pieces`.
  TRITONBACKEND_Request request(int64_t first, int64_t rows, size_t pieces = 1) const {
    TRITONBACKEND_Request made;
    for (const auto& [name, view] : rows_of(first, rows)) made.inputs.push_back(input_of(name, view, pieces));
    return made;
  }
  Named expected(int64_t first, int64_t rows) const { return expected_model.predict(rows_of(first, rows)); }
  NamedViews rows_of(int64_t first, int64_t rows) const {
    NamedViews all;
    for (const auto& [name, tensor] : inputs_) all.emplace_back(name, tensor);
    for (auto& [name, view] : all) {
      const int64_t row = view.bytes() / view.dims[0];
      view = first_rows({static_cast<const std::byte*>(view.data) + first * row, view.dtype, view.dims}, rows);
    }
    return all;
  }

  Recorded recorded;
  Model expected_model;  ///< the same file, loaded by the library
  TRITONBACKEND_Backend backend{};
  TRITONBACKEND_Model model{};
  std::list<TRITONBACKEND_ModelInstance> instances{};

 private:
  /// The recorded inputs, as clients send them: of the model's own types, which the library would convert to.
  void keep_inputs() {
    const std::vector<TensorSpec> specs = expected_model.inputs();
    const NamedViews given = recorded.inputs(expected_model, recorded.rows());
    for (size_t i = 0; i < given.size(); ++i) {
      Tensor tensor = Tensor::copy_of(given[i].second);
      if (tensor.dtype() != specs[i].dtype) {
        Tensor converted(DType::float32, tensor.dims());
        std::ranges::copy(tensor.values<double>(), converted.mutable_values<float>().begin());
        tensor = std::move(converted);
      }
      inputs_.emplace_back(given[i].first, std::move(tensor));
    }
  }

  std::filesystem::path folder_;
  Named inputs_;
};

inline std::string execute(TRITONBACKEND_ModelInstance& instance, std::vector<TRITONBACKEND_Request>& requests) {
  std::vector<TRITONBACKEND_Request*> handles;
  for (TRITONBACKEND_Request& request : requests) handles.push_back(&request);
  return text_of(TRITONBACKEND_ModelInstanceExecute(&instance, handles.data(), static_cast<uint32_t>(handles.size())));
}

/// Answered once, reported once and released once, in that order.
inline void expect_finished(const TRITONBACKEND_Request& request, bool success) {
  EXPECT_EQ(request.responses, 1);
  EXPECT_EQ(request.reports, 1);
  EXPECT_EQ(request.releases, 1);
  EXPECT_EQ(request.reported_success, success);
  EXPECT_EQ(request.error.empty(), success) << request.error;
}

inline void expect_results(const TRITONBACKEND_Request& request, const Named& expected) {
  expect_finished(request, true);
  for (const auto& [name, tensor] : expected) EXPECT_TRUE(same(output(request, name), tensor)) << name;
}

}  // namespace keraunos::triton
