#include "loader/layers/common/einsum.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

constexpr std::string_view kEllipsis = "...";
constexpr int64_t kOpen = -1;  // an extent that the input determines

std::string without_spaces(const std::string& text) {
  std::string clean;
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c != ' '; });
  return clean;
}

// `count` labels that the equation does not use.
std::string fresh_labels(const std::string& used, size_t count) {
  std::string labels;
  for (char c = 'Z'; c >= 'A' && labels.size() < count; --c) {
    if (used.find(c) == std::string::npos) labels += c;
  }
  return labels;
}

void replace_ellipsis(std::string& labels, const std::string& by) {
  if (const size_t at = labels.find(kEllipsis); at != std::string::npos) labels.replace(at, kEllipsis.size(), by);
}

// config["output_shape"]: extents without the batch; kOpen where the file has null.
Shape declared_shape(const Config& config) {
  const files::Json* json = config.find("output_shape");
  if (json == nullptr) config.fail("output_shape", "an integer or a list");
  const auto extent_of = [&](const files::Json& extent) -> Dim {
    if (extent.is_null()) return {kOpen};
    if (!extent.is_int()) config.fail("output_shape", "an integer, or a list of integers and nulls");
    config.check("output_shape", extent.as_int(), Range{1});
    return {extent.as_int()};
  };
  if (!json->is_array()) return {extent_of(*json)};
  Shape shape;
  for (const files::Json& extent : json->items()) shape.push_back(extent_of(extent));
  return shape;
}

}  // namespace

EinsumEquation::EinsumEquation(const Config& config, const Shape& input, std::optional<Shape> output)
    : input_shape_(input), config_(&config) {
  const std::string equation = without_spaces(config.text("equation", ""));
  const size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow)
    config.fail("equation", "an equation such as \"ab,bc->ac\"");
  input_ = equation.substr(0, comma), kernel_ = equation.substr(comma + 1, arrow - comma - 1),
  result_ = equation.substr(arrow + 2);

  if (input.empty()) throw ModelError(config.where() + " needs an input with a batch axis");
  const bool elided = input_.find(kEllipsis) != std::string::npos, elided_left = input_.starts_with(kEllipsis);
  const size_t named = input_.size() - (elided ? kEllipsis.size() : 0);
  if (input.size() < named || (!elided && input.size() != named)) {
    config.fail("equation", "an equation for an input of rank " + std::to_string(input.size()));
  }
  const std::string hidden = fresh_labels(equation, input.size() - named);
  replace_ellipsis(input_, hidden);
  replace_ellipsis(result_, hidden);
  text = input_ + ',' + kernel_ + "->" + result_;

  // The batch, then the config's extents; axes of the ellipsis follow the batch or stand at the end.
  result_shape_ = output ? *output : declared_shape(config);
  result_shape_.insert(result_shape_.begin(), input[0]);
  const size_t kept = elided_left && !hidden.empty() ? hidden.size() - 1 : 0;  // the batch is the first axis of the ellipsis then
  for (size_t i = 0; i < kept; ++i) result_shape_.insert(result_shape_.begin() + 1 + static_cast<ptrdiff_t>(i), input[1 + i]);
  if (elided && !elided_left)
    result_shape_.insert(result_shape_.end(), input.end() - static_cast<ptrdiff_t>(hidden.size()), input.end());
  if (result_shape_.size() != result_.size())
    config.fail("output_shape", "one extent for each label of the result but the first");
  for (size_t i = 0; i < input_.size(); ++i) {
    const size_t at = result_.find(input_[i]);
    const int64_t stated = at == std::string::npos ? kOpen : result_shape_[at].size;
    if (stated >= 0 && stated != input[i].size)
      config.fail("output_shape", "the input's extent " + std::to_string(input[i].size) + " for the label " + input_[i]);
  }
}

Dim EinsumEquation::extent_in_result(size_t index) const {
  const Dim declared = result_shape_[index];
  if (declared.size >= 0) return declared;
  const size_t in_input = input_.find(result_[index]);
  if (in_input == std::string::npos) config_->fail("output_shape", "an extent for each label that the input lacks");
  return input_shape_[in_input];
}

Shape EinsumEquation::kernel_shape() const {
  Shape shape;
  for (char label : kernel_) {
    const size_t in_result = result_.find(label), in_input = input_.find(label);
    if (in_result == std::string::npos && in_input == std::string::npos)
      config_->fail("equation", "kernel labels of the input or the result");
    shape.push_back({in_result != std::string::npos ? extent_in_result(in_result).size : input_shape_[in_input].size});
  }
  return shape;
}

Shape EinsumEquation::bias_shape(const std::string& axes) const {
  const bool known = std::all_of(axes.begin(), axes.end(), [&](char label) { return result_.find(label) != std::string::npos; });
  if (axes.empty() || !known) config_->fail("bias_axes", "labels of the result " + result_);
  if (axes.find(result_[0]) != std::string::npos && input_shape_[0].varies)
    config_->fail("bias_axes", "labels of other axes than that of the batch");
  Shape shape;
  for (size_t i = result_.find_first_of(axes); i < result_.size(); ++i) {
    shape.push_back({axes.find(result_[i]) != std::string::npos ? extent_in_result(i).size : 1});
  }
  return shape;
}

std::vector<int> EinsumEquation::contracted_axes() const {
  std::vector<int> axes;
  for (size_t i = 0; i < input_.size(); ++i) {
    if (result_.find(input_[i]) == std::string::npos) axes.push_back(static_cast<int>(i));
  }
  return axes;
}

Value EinsumEquation::input_scale_over_result(Lowering& l, Value scale) const {
  // (a, b, 1) for "abc,cde->abde": drop the summed axes, order the others as in the result, insert 1 for the kernel's labels.
  std::string kept;
  Shape squeezed;
  for (size_t i = 0; i < input_.size(); ++i) {
    if (result_.find(input_[i]) == std::string::npos) continue;
    kept += input_[i];
    squeezed.push_back(input_shape_[i]);
  }
  std::vector<int> order;
  Shape spread;
  for (char label : result_) {
    const size_t at = kept.find(label);
    if (at != std::string::npos) order.push_back(static_cast<int>(at));
    spread.push_back(at != std::string::npos ? squeezed[at] : Dim{1});
  }
  return l.reshape(l.transpose(l.reshape(scale, squeezed), order), spread);
}

Shape shape_saved(const Lowering& l, std::string_view weight) {
  Shape shape;
  for (int64_t extent : l.saved(weight).dims()) shape.push_back({extent});
  return shape;
}

}  // namespace keraunos::loader
