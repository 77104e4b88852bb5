#include "kernels/cuda/language.h"
#include "kernels/cuda/scatter.h"
#include "kernels/math/scatter.h"

namespace keraunos::cuda {
namespace {

using host::ScatterShape;

/// The first and the last row of each place, and the place of each row.
struct Found {
  int32_t *first, *last;
  int64_t* place;
};

__global__ void clear_found(ScatterShape shape, Found found) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < shape.places; i += threads) {
    found.first[i] = INT32_MAX;
    found.last[i] = -1;
  }
}

__device__ void lower_to(int* at, int value) {
  int seen = atomicCAS(at, value, value);
  while (value < seen) {
    const int before = atomicCAS(at, seen, value);
    if (before == seen) return;
    seen = before;
  }
}

__device__ void raise_to(int* at, int value) {
  int seen = atomicCAS(at, value, value);
  while (value > seen) {
    const int before = atomicCAS(at, seen, value);
    if (before == seen) return;
    seen = before;
  }
}

template <class Index>
__global__ void find_places(ScatterShape shape, bool drop_negative, const Index* index, Found found, int32_t* error_raised,
                            int64_t* error_found) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < shape.updates; i += threads) {
    const auto fault = [&](int64_t at) {
      if (atomicCAS(error_raised, 0, 1) == 0) *error_found = at;
    };
    const int64_t place = math::place_of(shape, drop_negative, index + i * shape.depth, fault);
    found.place[i] = place;
    if (place < 0) continue;
    lower_to(found.first + place, static_cast<int>(i));
    raise_to(found.last + place, static_cast<int>(i));
  }
}

template <host::Combine C, class T>
__global__ void combine_rows(ScatterShape shape, Found found, const T* base, const T* rows, T* out) {
  const int64_t count = shape.places * shape.width, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; at < count; at += threads) {
    const int64_t place = at / shape.width, column = at - place * shape.width;
    const int64_t last = found.last[place];
    T value = base[at];
    for (int64_t i = C == host::Combine::replace ? last : found.first[place]; i >= 0 && i <= last; ++i) {
      if (found.place[i] == place) value = math::combined<C>(value, rows[i * shape.width + column]);
    }
    out[at] = value;
  }
}

template <class Index>
void launch_find(const ScatterPlan& plan, const ScatterOperands& operands, const Found& found, const LaunchContext& context,
                 cudaStream_t stream) {
  launch(find_places<Index>, blocks_for(plan.shape.updates, kBlock, context), kBlock, 0, stream, plan.shape,
         plan.op.drop_negative, static_cast<const Index*>(operands.index), found, operands.error_raised, operands.error_found);
}

int64_t aligned_bytes(int64_t bytes) noexcept { return divide_up(bytes, 16) * 16; }

}  // namespace

int64_t scatter_workspace_bytes(const ScatterShape& shape) noexcept {
  return 2 * aligned_bytes(shape.places * 4) + shape.updates * 8;
}

void launch_scatter(const ScatterPlan& plan, const ScatterOperands& operands, const LaunchContext& context, cudaStream_t stream) {
  const ScatterShape& shape = plan.shape;
  auto* memory = static_cast<char*>(operands.workspace);
  const int64_t table = aligned_bytes(shape.places * 4);
  const Found found{reinterpret_cast<int32_t*>(memory), reinterpret_cast<int32_t*>(memory + table),
                    reinterpret_cast<int64_t*>(memory + 2 * table)};
  launch(clear_found, blocks_for(shape.places, kBlock, context), kBlock, 0, stream, shape, found);
  if (plan.wide_places)
    launch_find<int64_t>(plan, operands, found, context, stream);
  else
    launch_find<int32_t>(plan, operands, found, context, stream);
  math::for_numeric("scatter", plan.type, [&]<class T>(math::Type<T>) {
    math::for_combine(plan.op.combine, [&]<host::Combine C>(math::CombineBy<C>) {
      launch(combine_rows<C, T>, blocks_for(shape.places * shape.width, kBlock, context), kBlock, 0, stream, shape, found,
             static_cast<const T*>(operands.base), static_cast<const T*>(operands.rows), static_cast<T*>(operands.out));
    });
  });
}

}  // namespace keraunos::cuda
