#include "triton/served_model.h"

#include <algorithm>
#include <array>

#include "keraunos/batching.h"
#include "keraunos/error.h"

namespace keraunos::triton {
namespace {

bool has_free_rows(const TensorSpec& spec) { return !spec.shape.empty() && !spec.shape[0]; }

// Whether rows are independent depends on the shapes, so sizes for the other None axes are tried until one fits.
bool rows_can_meet_others(const Model& model, const Described& described) {
  if (!std::all_of(described.inputs.begin(), described.inputs.end(), has_free_rows) ||
      !std::all_of(described.outputs.begin(), described.outputs.end(), has_free_rows))
    return false;
  constexpr std::array<int64_t, 8> kExtents = {32, 8, 64, 128, 224, 256, 1, 7};
  for (const int64_t extent : kExtents) {
    std::vector<Dims> dims;
    bool free = false;
    for (const TensorSpec& spec : described.inputs) {
      std::vector<int64_t> sizes = {1};
      for (size_t i = 1; i < spec.shape.size(); ++i) {
        free |= !spec.shape[i];
        sizes.push_back(spec.shape[i].value_or(extent));
      }
      dims.emplace_back(std::span<const int64_t>(sizes));
    }
    if (rows_are_independent(model, dims)) return true;
    if (!free) return false;
  }
  return false;
}

}  // namespace

ServedModel::ServedModel(std::filesystem::path file, Settings settings)
    : file_(std::move(file)), options_(std::move(settings.options)), batched_(settings.max_batch_size > 0) {
  const Model model = on(settings.device ? *settings.device : Device::automatic());
  described_ = {.inputs = model.inputs(), .outputs = model.outputs()};
  described_.rows_are_independent = rows_can_meet_others(model, described_);
}

Model ServedModel::on(Device device) {
  const std::lock_guard lock(mutex_);
  for (const auto& [where, model] : loaded_) {
    if (where == device) return model;
  }
  LoadOptions options = options_;
  options.device = device;
  return loaded_.emplace_back(device, load_model(file_, options)).second;
}

}  // namespace keraunos::triton
