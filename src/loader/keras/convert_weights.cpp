#include "loader/keras/convert_weights.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "keraunos/error.h"
#include "loader/layers/common/data_format.h"

namespace keraunos::loader {
namespace {

bool is_lstm(const LayerInstance& layer) {
  return layer.class_name == "LSTMCell" || (layer.class_name.starts_with("ConvLSTM") && !layer.weights.empty());
}
bool is_gru(const LayerInstance& layer) { return layer.class_name == "GRUCell"; }

bool is_convolution(const std::string& name) {
  constexpr std::array<std::string_view, 5> kNames{"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Tensor uninitialised(const Tensor& like, std::span<const int64_t> sizes) { return Tensor(like.dtype(), Dims(sizes)); }

std::byte* bytes_of(Tensor& tensor) { return static_cast<std::byte*>(tensor.data()); }
const std::byte* bytes_of(const Tensor& tensor) { return static_cast<const std::byte*>(tensor.data()); }

std::vector<int64_t> kernel_size_of(const LayerInstance& layer, int spatial) {
  const Config config(*layer.config, layer.described());
  return config.integers("kernel_size", spatial, Range{1});
}

// (spatial…, any, filters) as the config says; transposed convolutions have (spatial…, filters, any).
bool fits(const LayerInstance& layer, const Dims& dims, int spatial) {
  if (dims.rank() != spatial + 2) return false;
  const std::vector<int64_t> size = kernel_size_of(layer, spatial);
  for (int i = 0; i < spatial; ++i) {
    if (dims[i] != size[static_cast<size_t>(i)]) return false;
  }
  const Config config(*layer.config, layer.described());
  return dims[spatial + (layer.class_name == "Conv2DTranspose" ? 0 : 1)] ==
         config.integer("filters", Range{1}) * (layer.class_name == "ConvLSTM2D" ? 4 : 1);
}

void transpose_kernel(LayerInstance& layer, size_t weight, std::span<const int> permutation) {
  SharedTensor& kernel = layer.weights[weight].tensor;
  if (kernel->dims().rank() == static_cast<int>(permutation.size())) kernel = transposed(*kernel, permutation);
}

void convert_keras1_kernel(LayerInstance& layer) {
  const Config config(*layer.config, layer.described());
  const bool first = channels_first(config);
  SharedTensor& kernel = layer.weights[0].tensor;
  if (layer.class_name == "Conv1D" && kernel->dims().rank() == 4) {
    const Dims& dims = kernel->dims();
    const bool in_place =
        dims[0] == kernel_size_of(layer, 1)[0] && dims[1] == 1 && dims[3] == config.integer("filters", Range{1});
    if (!in_place) transpose_kernel(layer, 0, std::array{2, 3, 1, 0});
    const Dims& full = kernel->dims();
    kernel = Tensor::reshaped(kernel, Dims{full[0], full[2], full[3]});
  }
  if (layer.class_name == "Conv2D" && first) transpose_kernel(layer, 0, std::array{2, 3, 1, 0});
  if (layer.class_name == "Conv3D" && first) transpose_kernel(layer, 0, std::array{2, 3, 4, 1, 0});
  if (layer.class_name != "Conv2DTranspose") return;
  if (first)
    transpose_kernel(layer, 0, std::array{2, 3, 0, 1});
  else
    transpose_kernel(layer, 0, std::array{0, 1, 3, 2});
}

void convert_convolution(LayerInstance& layer, bool keras1) {
  if (keras1) convert_keras1_kernel(layer);
  const SharedTensor& kernel = layer.weights[0].tensor;
  if (kernel->dims().rank() != 4 || fits(layer, kernel->dims(), 2)) return;
  const SharedTensor swapped = transposed(*kernel, std::array{3, 2, 0, 1});
  if (!fits(layer, swapped->dims(), 2)) return;
  layer.weights[0].tensor = swapped;
  if (layer.class_name == "ConvLSTM2D" && layer.weights.size() > 1) transpose_kernel(layer, 1, std::array{3, 2, 0, 1});
}

// One gate of a cuDNN kernel: (in, units) in C order was written column by column.
void reorder_gates(LayerInstance& layer, size_t weight, int64_t gates, bool recurrent) {
  const Tensor& old = *layer.weights[weight].tensor;
  const int64_t rows = old.dims()[0], units = old.dims()[1] / gates;
  Tensor fresh = uninitialised(old, old.dims().span());
  const auto element = static_cast<size_t>(size_of(old.dtype()));
  for (int64_t gate = 0; gate < gates; ++gate) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < units; ++c) {
        const int64_t flat = c * rows + r;  // of the gate's block in C order
        const int64_t from_row = recurrent ? c : flat / units, from_column = recurrent ? r : flat % units;
        const int64_t from = from_row * gates * units + gate * units + from_column, to = r * gates * units + gate * units + c;
        std::memcpy(bytes_of(fresh) + static_cast<size_t>(to) * element, bytes_of(old) + static_cast<size_t>(from) * element,
                    element);
      }
    }
  }
  layer.weights[weight].tensor = std::make_shared<const Tensor>(std::move(fresh));
}

SharedTensor summed_halves(const Tensor& bias) {
  const std::span<const float> values = bias.values<float>();
  const size_t half = values.size() / 2;
  Tensor sum(DType::float32, Dims{static_cast<int64_t>(half)});
  const std::span<float> target = sum.mutable_values<float>();
  for (size_t i = 0; i < half; ++i) target[i] = values[i] + values[half + i];
  return std::make_shared<const Tensor>(std::move(sum));
}

// A cuDNN layer has two biases per gate, which is how it is recognised.
void convert_cudnn(LayerInstance& layer) {
  if (layer.weights.size() != 3 || layer.weights[1].tensor->dims().rank() != 2 || layer.weights[2].tensor->dims().rank() != 1)
    return;
  const int64_t units = layer.weights[1].tensor->dims()[0], length = layer.weights[2].tensor->dims()[0];
  if (is_lstm(layer) && length == 8 * units) {
    reorder_gates(layer, 0, 4, false);
    reorder_gates(layer, 1, 4, true);
    layer.weights[2].tensor = summed_halves(*layer.weights[2].tensor);
  } else if (is_gru(layer) && length == 6 * units) {
    reorder_gates(layer, 0, 3, false);
    reorder_gates(layer, 1, 3, true);
    layer.weights[2].tensor = Tensor::reshaped(layer.weights[2].tensor, Dims{2, 3 * units});
  }
}

}  // namespace

SharedTensor transposed(const Tensor& tensor, std::span<const int> permutation) {
  const Dims& from = tensor.dims();
  const auto rank = static_cast<size_t>(from.rank());
  std::vector<int64_t> sizes(rank), strides(rank, 1), step(rank);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * from[static_cast<int>(i)];
  for (size_t i = 0; i < rank; ++i) {
    sizes[i] = from[permutation[i]];
    step[i] = strides[static_cast<size_t>(permutation[i])];
  }
  Tensor result = uninitialised(tensor, sizes);
  const auto element = static_cast<size_t>(size_of(tensor.dtype()));
  std::vector<int64_t> index(rank, 0);
  int64_t source = 0;
  for (int64_t target = 0; target < result.dims().elements(); ++target) {
    std::memcpy(bytes_of(result) + static_cast<size_t>(target) * element,
                bytes_of(tensor) + static_cast<size_t>(source) * element, element);
    for (size_t axis = rank; axis-- > 0;) {
      source += step[axis];
      if (++index[axis] < sizes[axis]) break;
      source -= step[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return std::make_shared<const Tensor>(std::move(result));
}

SharedTensor joined_columns(std::span<const SharedTensor> parts) {
  const Dims& first = parts[0]->dims();
  std::vector<int64_t> sizes(first.begin(), first.end());
  sizes.back() = 0;
  for (const SharedTensor& part : parts) {
    if (part->dims().rank() != first.rank() || part->dtype() != parts[0]->dtype() ||
        part->dims().elements() / std::max<int64_t>(part->dims().back(), 1) !=
            first.elements() / std::max<int64_t>(first.back(), 1)) {
      throw ModelError("the gates of a recurrent layer have shapes " + first.to_string() + " and " + part->dims().to_string());
    }
    sizes.back() += part->dims().back();
  }
  Tensor result = uninitialised(*parts[0], sizes);
  const int64_t rows = sizes.back() == 0 ? 0 : result.dims().elements() / sizes.back(), element = size_of(result.dtype());
  std::byte* target = bytes_of(result);
  for (int64_t row = 0; row < rows; ++row) {
    for (const SharedTensor& part : parts) {
      const int64_t bytes = part->dims().back() * element;
      std::memcpy(target, bytes_of(*part) + row * bytes, static_cast<size_t>(bytes));
      target += bytes;
    }
  }
  return std::make_shared<const Tensor>(std::move(result));
}

size_t keras1_arrays(const LayerInstance& layer) {
  if (layer.weights.size() != 3) return layer.weights.size();
  return is_lstm(layer) ? 12 : is_gru(layer) ? 9 : 3;
}

std::vector<SharedTensor> joined_gates(const LayerInstance& layer, std::span<const SharedTensor> arrays) {
  // Keras 1 lists the gates of an LSTM as i, c, f, o; Keras 2 as i, f, c, o.
  const std::vector<size_t> gates = is_lstm(layer) ? std::vector<size_t>{0, 6, 3, 9} : std::vector<size_t>{0, 3, 6};
  std::vector<SharedTensor> result;
  for (size_t kind = 0; kind < 3; ++kind) {
    std::vector<SharedTensor> parts;
    for (size_t gate : gates) parts.push_back(arrays[gate + kind]);
    result.push_back(joined_columns(parts));
  }
  return result;
}

void convert_weights(LayerInstance& layer, bool keras1) {
  if (layer.weights.empty() || layer.weights[0].tensor == nullptr) return;
  if (is_convolution(layer.class_name)) convert_convolution(layer, keras1);
  if (is_lstm(layer) || is_gru(layer)) convert_cudnn(layer);
}

}  // namespace keraunos::loader
