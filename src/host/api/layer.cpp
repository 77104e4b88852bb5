// Bodies of Layer and of Model's access to layers.
#include <algorithm>

#include "host/model/model_state.h"
#include "keraunos/error.h"
#include "keraunos/model.h"

namespace keraunos {
namespace {

int distance(std::string_view a, std::string_view b) {  // Levenshtein
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest(const std::vector<host::LayerInfo>& layers, std::string_view name, const std::string& before) {
  std::vector<std::pair<int, std::string>> ranked;
  for (const host::LayerInfo& layer : layers) ranked.emplace_back(distance(layer.name, name), layer.name);
  std::sort(ranked.begin(), ranked.end());
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(ranked.size(), 3); ++i) names += (i ? ", \"" : "\"") + before + ranked[i].second + '"';
  return names.empty()
             ? (before.empty() ? "it has no layers" : "there are no layers in \"" + before.substr(0, before.size() - 1) + '"')
             : "did you mean " + names + '?';
}

const host::LayerInfo* child_of(const host::LayerInfo& parent, std::string_view name) {
  for (const host::LayerInfo& child : parent.children) {
    if (child.name == name || (!child.attribute.empty() && child.attribute == name)) return &child;
  }
  return nullptr;
}

// A name may contain slashes, so the whole text is tried as a name before it is read as a path.
const host::LayerInfo* descendant_of(const host::LayerInfo& parent, std::string_view path) {
  if (const host::LayerInfo* found = child_of(parent, path)) return found;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const host::LayerInfo* child = child_of(parent, path.substr(0, slash));
    if (const host::LayerInfo* found = child ? descendant_of(*child, path.substr(slash + 1)) : nullptr) return found;
  }
  return nullptr;
}

// Keeps the part of the path that exists and suggests names similar to the first one that does not exist.
std::string suggestion(const host::LayerInfo& parent, std::string_view path, const std::string& before = {}) {
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const std::string_view first = path.substr(0, slash);
    if (const host::LayerInfo* child = child_of(parent, first))
      return suggestion(*child, path.substr(slash + 1), before + std::string(first) + '/');
  }
  return nearest(parent.children, path, before);
}

}  // namespace

std::string Layer::name() const { return info_->name; }
std::string Layer::class_name() const { return info_->class_name; }
std::string Layer::path() const { return info_->path; }
std::string Layer::config() const { return info_->config; }

std::vector<TensorSpec> Layer::weights() const {
  std::vector<TensorSpec> specs;
  for (const host::WeightInfo& weight : info_->weights) {
    TensorSpec spec{weight.name, weight.tensor->dtype(), {}};
    for (int64_t size : weight.tensor->dims()) spec.shape.emplace_back(size);
    specs.push_back(std::move(spec));
  }
  return specs;
}

Tensor Layer::weight(std::string_view name) const {
  const std::string_view plain = name.ends_with(":0") ? name.substr(0, name.size() - 2) : name;
  std::string names;
  for (const host::WeightInfo& weight : info_->weights) {
    if (weight.name == plain) return weight.tensor->clone();
    names += (names.empty() ? "\"" : ", \"") + weight.name + '"';
  }
  if (names.empty() && !info_->children.empty()) {
    for (const host::LayerInfo& child : info_->children)
      names += (names.empty() ? "\"" : ", \"") + (child.attribute.empty() ? child.name : child.attribute) + '"';
    throw UsageError("layer \"" + path() + "\" (" + class_name() + ") has no weights of its own; ask its sublayers " + names);
  }
  throw UsageError("layer \"" + path() + "\" (" + class_name() + ") has no weight \"" + std::string(name) + "\"; it has " +
                   (names.empty() ? "none" : names));
}

Layer Layer::sublayer(std::string_view name) const {
  if (const host::LayerInfo* child = descendant_of(*info_, name)) return {model_, child};
  throw UsageError("layer \"" + path() + "\" has no sublayer \"" + std::string(name) + "\"; " + suggestion(*info_, name));
}

std::vector<Layer> Layer::sublayers() const {
  std::vector<Layer> layers;
  for (const host::LayerInfo& child : info_->children) layers.push_back(Layer(model_, &child));
  return layers;
}

std::vector<Layer> Model::layers() const {
  std::vector<Layer> layers;
  for (const host::LayerInfo& child : state_->source().root().children) layers.push_back(Layer(state_, &child));
  return layers;
}

Layer Model::get_layer(std::string_view name) const {
  const host::LayerInfo& root = state_->source().root();
  if (const host::LayerInfo* found = descendant_of(root, name)) return {state_, found};
  throw UsageError("the model has no layer \"" + std::string(name) + "\"; " + suggestion(root, name));
}

Layer Model::get_layer(int index) const {
  const auto& children = state_->source().root().children;
  const auto count = static_cast<int>(children.size());
  const int position = index < 0 ? index + count : index;
  if (position < 0 || position >= count) {
    throw UsageError("the model has " + std::to_string(count) + " layers, found index " + std::to_string(index));
  }
  return {state_, &children[static_cast<size_t>(position)]};
}

}  // namespace keraunos
