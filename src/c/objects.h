// Definitions of the opaque types of keraunos.h.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "keraunos.h"
#include "keraunos/error.h"
#include "keraunos/keraunos.h"

struct keraunos_error {
  keraunos_status kind;
  std::string message;
  std::vector<keraunos::UnsupportedError::Item> items{};
};

struct keraunos_results {
  explicit keraunos_results(keraunos::Named all);
  keraunos_view view(size_t index) const;
  keraunos::Named tensors;
  std::vector<std::vector<keraunos_string>> strings;  // for each tensor of strings: its elements
};

struct keraunos_load_options {
  keraunos::LoadOptions options{};
};

struct keraunos_load_weights_options {
  keraunos::LoadWeightsOptions options{};
};

struct keraunos_save_options {
  keraunos::SaveOptions options{};
};

struct keraunos_model {
  explicit keraunos_model(keraunos::Model loaded);
  // The names are stored here, so that C can point to them.
  keraunos::Model model;
  std::string name;
  std::vector<keraunos::TensorSpec> inputs, outputs;
};

struct keraunos_weights {
  struct Entry {
    keraunos::TensorSpec spec;  // with the name that the caller sees
    keraunos::Layer layer;
    std::string name;  // in the layer
    std::optional<keraunos_results> elements{};
  };
  void add(const keraunos::Layer& layer, const std::string& prefix);
  std::vector<Entry> entries{};
  std::mutex reading{};
};

struct keraunos_layer {
  explicit keraunos_layer(keraunos::Layer found);
  keraunos::Layer layer;
  std::string name, class_name, path, config;
};

struct keraunos_stop {
  std::stop_source source{};
};

struct keraunos_predict_options {
  keraunos::PredictOptions options{};
};

struct keraunos_evaluate_options {
  int64_t batch_size = keraunos::EvaluateOptions{}.batch_size;
  std::vector<std::pair<std::string, keraunos::Tensor>> sample_weight{};
};

struct keraunos_session {
  explicit keraunos_session(const keraunos_model& model);
  keraunos::Session session;
  std::vector<keraunos::TensorSpec> outputs;  // owns the outputs' names
  // Kept from call to call, so that a call with known shapes allocates nothing.
  std::vector<keraunos::TensorView> in{};
  std::vector<keraunos::MutableView> out{};
  std::vector<std::vector<std::string_view>> strings{};
};
