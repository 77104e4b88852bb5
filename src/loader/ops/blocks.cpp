// Folds blocks of spatial axes into the batch, and back: TensorFlow's form of a dilated convolution.
#include "host/graph/extent.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// The extents of the blocks, and the padding or cropping before and after each blocked axis.
struct Blocks {
  std::vector<int64_t> size, low, high;
  int64_t area = 1;

  Blocks(OperationCall& call, Value x) : size(call.integers(1).value_or(std::vector<int64_t>{})) {
    if (size.empty() || static_cast<int>(size.size()) >= call.l.rank(x)) call.l.refuse("has no block for its axes");
    const Arg edges = call.listed(2);
    const Arg::List* pairs = edges.list();
    if (pairs == nullptr || pairs->size() != size.size()) call.l.refuse("has no pair of edges for each axis of a block");
    for (size_t i = 0; i < size.size(); ++i) {
      const Arg::List* pair = (*pairs)[i].list();
      if (pair == nullptr || pair->size() != 2) call.l.refuse("has edges that are no pairs");
      low.push_back(edge(call, (*pair)[0])), high.push_back(edge(call, (*pair)[1]));
      if (size[i] < 1 || size[i] > Range::kMostExtent) call.l.refuse("has a block of " + std::to_string(size[i]));
      area = host::checked_multiply(area, size[i]);
    }
  }

 private:
  static int64_t edge(OperationCall& call, const Arg& given) {
    const auto known = known_integer(call.l, given);
    if (!known || *known < 0 || *known > Range::kMostExtent) call.l.refuse("has an edge that is no number known beforehand");
    return *known;
  }
};

// (N, s, …) → (block… · N, s / block, …).
std::vector<Value> space_to_batch(OperationCall& call) {
  Lowering& l = call.l;
  const Value given = call.tensor(0);
  const Blocks blocks(call, given);
  const size_t axes = blocks.size.size(), rank = static_cast<size_t>(l.rank(given));
  std::vector<int64_t> low(rank, 0), high(rank, 0);
  std::copy(blocks.low.begin(), blocks.low.end(), low.begin() + 1);
  std::copy(blocks.high.begin(), blocks.high.end(), high.begin() + 1);
  const Value x = l.pad(given, low, high, 0);
  const Shape from = l.shape(x);
  Shape apart{from[0]}, together{{host::checked_multiply(from[0].size, blocks.area), from[0].varies}};
  std::vector<int> order, behind{0};
  for (size_t i = 0; i < axes; ++i) {
    if (from[i + 1].size % blocks.size[i] != 0)
      l.refuse("makes blocks of " + std::to_string(blocks.size[i]) + " out of " + std::to_string(from[i + 1].size) + " elements");
    apart.push_back({from[i + 1].size / blocks.size[i]}), apart.push_back({blocks.size[i]});
    together.push_back(apart[2 * i + 1]);
    order.push_back(static_cast<int>(2 * i + 2)), behind.push_back(static_cast<int>(2 * i + 1));
  }
  order.insert(order.end(), behind.begin(), behind.end());
  for (size_t i = axes + 1; i < rank; ++i) {
    order.push_back(static_cast<int>(apart.size()));
    apart.push_back(from[i]), together.push_back(from[i]);
  }
  return {l.reshape(l.transpose(l.reshape(x, apart), order), together)};
}

// (block… · N, s, …) → (N, s · block, …), cropped.
std::vector<Value> batch_to_space(OperationCall& call) {
  Lowering& l = call.l;
  const Value x = call.tensor(0);
  const Blocks blocks(call, x);
  const size_t axes = blocks.size.size();
  const Shape from = l.shape(x);
  if (from[0].size % blocks.area != 0)
    l.refuse("takes blocks of " + std::to_string(blocks.area) + " out of " + std::to_string(from[0].size) + " rows");
  Shape apart, together{{from[0].size / blocks.area, from[0].varies}};
  for (int64_t extent : blocks.size) apart.push_back({extent});
  apart.push_back(together[0]);
  std::vector<int> order{static_cast<int>(axes)};
  for (size_t i = 1; i < from.size(); ++i) {
    order.push_back(static_cast<int>(apart.size()));
    if (i <= axes) order.push_back(static_cast<int>(i - 1));
    apart.push_back(from[i]);
    together.push_back(i <= axes ? Dim{host::checked_multiply(from[i].size, blocks.size[i - 1]), from[i].varies} : from[i]);
  }
  Value y = l.reshape(l.transpose(l.reshape(x, apart), order), together);
  for (size_t i = 0; i < axes; ++i) {
    const int64_t left = together[i + 1].size - blocks.low[i] - blocks.high[i];
    if (left < 0) l.refuse("crops more than there is");
    y = l.slice_axis(y, static_cast<int>(i) + 1, blocks.low[i], left);
  }
  return {y};
}

}  // namespace

std::vector<Operation> blocks_operations() {
  return {
      {{}, {"space_to_batch_nd", "space_to_batch"}, {"input", "block_shape", "paddings"}, space_to_batch},
      {{}, {"compat.v1.batch_to_space_nd", "batch_to_space"}, {"input", "block_shape", "crops"}, batch_to_space},
  };
}

}  // namespace keraunos::loader
