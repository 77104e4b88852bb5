// Weights of LSTM and GRU as cuDNN's layers stored them.
#include <cstring>

#include "loader/layers/common/stored_weights.h"

namespace keraunos::loader {
namespace {

// Reorders one gate of a cuDNN kernel: (in, units) in C order was written column by column.
void reorder_gates(SharedTensor& weight, int64_t gates, bool recurrent) {
  const Tensor& old = *weight;
  const int64_t rows = old.dims()[0], units = old.dims()[1] / gates;
  Tensor fresh(old.dtype(), old.dims());
  const auto element = static_cast<size_t>(size_of(old.dtype()));
  const auto* source = static_cast<const std::byte*>(old.data());
  auto* target = static_cast<std::byte*>(fresh.data());
  for (int64_t gate = 0; gate < gates; ++gate) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < units; ++c) {
        const int64_t flat = c * rows + r;  // index in the gate's block in C order
        const int64_t from_row = recurrent ? c : flat / units, from_column = recurrent ? r : flat % units;
        const int64_t from = from_row * gates * units + gate * units + from_column, to = r * gates * units + gate * units + c;
        std::memcpy(target + static_cast<size_t>(to) * element, source + static_cast<size_t>(from) * element, element);
      }
    }
  }
  weight = std::make_shared<const Tensor>(std::move(fresh));
}

SharedTensor summed_halves(const Tensor& bias) {
  const std::span<const float> values = bias.values<float>();
  const size_t half = values.size() / 2;
  Tensor sum(DType::float32, Dims{static_cast<int64_t>(half)});
  const std::span<float> target = sum.mutable_values<float>();
  for (size_t i = 0; i < half; ++i) target[i] = values[i] + values[half + i];
  return std::make_shared<const Tensor>(std::move(sum));
}

// The number of units, where the weights are a cuDNN layer's, which has two biases per gate; otherwise 0.
int64_t units_of_cudnn(StoredWeights weights, int64_t gates) {
  if (weights.size() != 3 || weights[1]->dims().rank() != 2 || weights[2]->dims().rank() != 1) return 0;
  const int64_t units = weights[1]->dims()[0];
  return weights[2]->dims()[0] == 2 * gates * units ? units : 0;
}

}  // namespace

void convert_lstm(const Config&, StoredWeights weights, bool) {
  if (units_of_cudnn(weights, 4) == 0) return;
  reorder_gates(weights[0], 4, false);
  reorder_gates(weights[1], 4, true);
  weights[2] = summed_halves(*weights[2]);
}

void convert_gru(const Config&, StoredWeights weights, bool) {
  const int64_t units = units_of_cudnn(weights, 3);
  if (units == 0) return;
  reorder_gates(weights[0], 3, false);
  reorder_gates(weights[1], 3, true);
  weights[2] = Tensor::reshaped(weights[2], Dims{2, 3 * units});
}

}  // namespace keraunos::loader
