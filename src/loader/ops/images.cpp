#include "loader/ops/images.h"

#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/common/window.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

// Moves axis `from` to `to`; the others keep their order.
Value axis_moved(OperationCall& call, Value x, int from, int to) {
  std::vector<int> order(static_cast<size_t>(call.l.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  order.erase(order.begin() + from);
  order.insert(order.begin() + to, from);
  return call.l.transpose(x, order);
}

}  // namespace

std::vector<Operation> images_operations() { return {}; }

Images::Images(OperationCall& call, Value given, std::optional<size_t> format, int axes) : call_(call), batch_(given) {
  const int rank = call.l.rank(given);
  if (rank != axes + 1 && rank != axes + 2)
    call.l.refuse("needs an image of rank " + std::to_string(axes + 1) + " or a batch of rank " + std::to_string(axes + 2) +
                  ", found " + call.l.dims(given).to_string());
  const std::string name = format ? call.text(*format).value_or("channels_last") : "channels_last";
  first_ = name == "channels_first";
  if (!first_ && name != "channels_last") call.l.refuse("has the data format \"" + name + "\", which is not supported");
  one_ = rank == axes + 1;
  if (one_) batch_ = call.l.expand_dims(batch_, 0);
  if (first_) batch_ = axis_moved(call, batch_, 1, axes + 1);
}

Value Images::restored(Value y) const {
  if (first_) y = axis_moved(call_, y, call_.l.rank(batch_) - 1, 1);
  return one_ ? call_.l.squeeze(y, 0) : y;
}

void require_real_images(OperationCall& call, Value x) {
  if (is_floating(call.l.dtype(x))) return;
  call.l.refuse("computes with images of " + std::string(name_of(call.l.dtype(x))) + ", which Keras does not do either");
}

Value filtered(OperationCall& call, Value x, const std::vector<std::vector<double>>& kernels, int64_t rows, int64_t columns,
               bool same) {
  const int64_t channels = call.l.dim(x, 3).size, size[] = {rows, columns}, one[] = {1, 1};
  const auto results = host::checked_multiply(static_cast<int64_t>(kernels.size()), channels);
  debit(call.l, "the filters of the channels", host::checked_multiply(host::checked_multiply(rows, columns), 8 * results));
  std::vector<double> taps;
  for (size_t i = 0; i < static_cast<size_t>(rows * columns); ++i) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      for (const std::vector<double>& kernel : kernels) taps.push_back(kernel[i]);
    }
  }
  const Value weights = call.l.cast(call.l.constant(TensorView(taps, Dims{rows, columns, 1, results})), call.l.dtype(x));
  return call.l.convolve(x, weights, window_over(call.l.shape(x), same ? Padding::same : Padding::valid, size, one, one),
                         channels);
}

}  // namespace keraunos::loader
