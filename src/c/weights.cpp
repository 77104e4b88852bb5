#include <algorithm>

#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;
using keraunos::Layer;

void keraunos_weights::add(const Layer& layer, const std::string& prefix) {
  for (keraunos::TensorSpec& spec : layer.weights()) {
    const std::string name = spec.name;
    spec.name = prefix + name;
    entries.push_back({.spec = std::move(spec), .layer = layer, .name = name});
  }
}

namespace {

void add_all(const Layer& layer, keraunos_weights& weights) {
  weights.add(layer, layer.path() + '/');
  for (const Layer& inner : layer.sublayers()) add_all(inner, weights);
}

const keraunos_weights::Entry& entry(const keraunos_weights* weights, size_t index) {
  const auto& entries = given(weights, "weights").entries;
  check_index(index, entries.size(), "weights");
  return entries[index];
}

}  // namespace

keraunos_status keraunos_model_weights(const keraunos_model* model, keraunos_weights** weights, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_weights*& result = cleared(weights, "weights");
    auto all = std::make_unique<keraunos_weights>();
    for (const Layer& layer : given(model, "model").model.layers()) add_all(layer, *all);
    result = all.release();
  });
}

keraunos_status keraunos_layer_weights(const keraunos_layer* layer, keraunos_weights** weights, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_weights*& result = cleared(weights, "weights");
    auto all = std::make_unique<keraunos_weights>();
    all->add(given(layer, "layer").layer, "");
    result = all.release();
  });
}

keraunos_status keraunos_weights_count(const keraunos_weights* weights, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(weights, "weights").entries.size(); });
}

keraunos_status keraunos_weights_spec(const keraunos_weights* weights, size_t index, keraunos_spec* spec,
                                      keraunos_error** error) {
  return guarded(error, [&] { given(spec, "spec") = spec_for_caller(entry(weights, index).spec); });
}

keraunos_status keraunos_weights_find(const keraunos_weights* weights, const char* name, size_t* index, keraunos_error** error) {
  return guarded(error, [&] {
    const auto& entries = given(weights, "weights").entries;
    const std::string_view asked = &given(name, "name");
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.spec.name == asked; });
    if (found == entries.end()) {
      throw keraunos::UsageError("there is no weight \"" + std::string(asked) + "\" among " + std::to_string(entries.size()) +
                                 (entries.empty() ? "" : ", the first of which is \"" + entries[0].spec.name + '"'));
    }
    given(index, "index") = static_cast<size_t>(found - entries.begin());
  });
}

keraunos_status keraunos_weights_read(keraunos_weights* weights, size_t index, keraunos_view* view, keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos_weights::Entry& asked = entry(weights, index);
    const std::lock_guard lock(weights->reading);
    auto& elements = weights->entries[index].elements;
    if (!elements) {
      keraunos::Named one;
      one.emplace_back(asked.spec.name, asked.layer.weight(asked.name));
      elements.emplace(std::move(one));
    }
    given(view, "view") = elements->view(0);
  });
}

void keraunos_weights_free(keraunos_weights* weights) { delete weights; }
