#include "loader/summary.h"

#include <algorithm>
#include <sstream>


namespace keraunos::loader {
namespace {

constexpr size_t kWidth = 65;

int64_t parameters_of(const LayerInstance& layer, bool trainable_only, bool parent_trainable) {
  const bool trainable = parent_trainable && layer.trainable;
  int64_t total = 0;
  for (const WeightInfo& weight : layer.weights) {
    if (weight.tensor == nullptr || (trainable_only && !(trainable && weight.trainable))) continue;
    total += weight.tensor->dims().elements();
  }
  for (const SharedLayer& child : layer.children) total += parameters_of(*child, trainable_only, trainable);
  return total;
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + (shape[i].varies ? std::string("None") : std::to_string(shape[i].size));
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string output_shape(const std::map<std::string, std::vector<Shape>>& shapes, const LayerInstance& layer) {
  const auto found = shapes.find(layer.path);
  if (found == shapes.end()) return "?";
  std::string text;
  for (const Shape& shape : found->second) text += (text.empty() ? "" : ", ") + shape_text(shape);
  return found->second.size() == 1 ? text : '[' + text + ']';
}

std::string padded(std::string text, size_t width) {
  if (text.size() >= width) text.resize(width - 1);
  return text + std::string(width - text.size(), ' ');
}

std::string bytes_text(int64_t parameters) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(2);
  const double bytes = 4.0 * static_cast<double>(parameters);
  if (bytes < 1024) text << bytes << " Byte";
  else if (bytes < 1024.0 * 1024) text << bytes / 1024 << " KB";
  else text << bytes / (1024.0 * 1024) << " MB";
  return text.str();
}

}  // namespace

std::string summary(const LayerGraph& graph, const std::map<std::string, std::vector<Shape>>& shapes, int width) {
  const size_t total_width = std::max(kWidth, static_cast<size_t>(std::max(width, 0)) < 100 ? kWidth : static_cast<size_t>(width));
  const size_t first = total_width * 45 / 100, second = total_width * 85 / 100 - first, third = total_width - first - second;
  std::ostringstream text;
  const auto row = [&](const std::string& a, const std::string& b, const std::string& c) {
    text << padded(' ' + a, first) << padded(b, second) << padded(c, third) << '\n';
  };
  text << "Model: \"" << graph.root->name << "\"\n" << std::string(total_width, '_') << '\n';
  row("Layer (type)", "Output Shape", "Param #");
  text << std::string(total_width, '=') << '\n';
  for (const SharedLayer& layer : graph.root->network->layers) {
    if (layer->is_operation) continue;
    row(layer->name + " (" + layer->class_name + ')', output_shape(shapes, *layer), std::to_string(parameters_of(*layer, false, true)));
    text << std::string(total_width, ' ') << '\n';
  }
  const int64_t all = parameters_of(*graph.root, false, true), trainable = parameters_of(*graph.root, true, true);
  text << std::string(total_width, '=') << '\n'
       << "Total params: " << all << " (" << bytes_text(all) << ")\n"
       << "Trainable params: " << trainable << " (" << bytes_text(trainable) << ")\n"
       << "Non-trainable params: " << all - trainable << " (" << bytes_text(all - trainable) << ")\n"
       << std::string(total_width, '_') << '\n';
  return text.str();
}

}  // namespace keraunos::loader
