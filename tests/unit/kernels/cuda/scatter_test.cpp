// Rows combined at their places: equal places, no, few and many rows.
#include "host/ops/scatter.h"

#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

using host::Combine;

// Products of five numbers need more than 8 bits, and 16-bit floats are rounded after each row: both types are used only where
// nothing is computed.
std::vector<DType> types_of(Combine how) {
  std::vector<DType> types{DType::float32, DType::float64, DType::int32, DType::int64};
  if (how != Combine::multiply) types.insert(types.end(), {DType::int8, DType::uint8});
  if (how != Combine::multiply && how != Combine::add) types.insert(types.end(), {DType::float16, DType::bfloat16});
  return types;
}

TEST(CudaScatter, EveryCombination) {
  for (const Combine how : {Combine::replace, Combine::add, Combine::multiply, Combine::maximum, Combine::minimum}) {
    for (const DType type : types_of(how)) {
      expect_same(type, [&](Writer& w) {
        const DType ids = type == DType::float64 ? DType::int64 : DType::int32;
        const Value pairs = w.values(ids, {5, 2}, {1, 2, 0, 0, 1, 2, 1, 2, 0, 1});
        w.graph.add(host::Scatter{.combine = how}, {w.operand({2, 3, 4}), pairs, w.operand({5, 4})});
        const Value single = w.values(ids, {2, 3, 1}, {4, 0, 4, 4, 1, 4});
        w.graph.add(host::Scatter{.combine = how}, {w.operand({5}), single, w.operand({2, 3})});
        const Value dropped = w.values(ids, {3, 1}, {-1, 2, -7});
        w.graph.add(host::Scatter{.combine = how, .drop_negative = true}, {w.operand({4, 2}), dropped, w.operand({3, 2})});
        w.graph.add(host::Scatter{.combine = how}, {w.operand({4, 2}), w.values(ids, {0, 1}, {}), w.operand({0, 2})});
      });
    }
  }
}

TEST(CudaScatter, APlaceOutsideIsFound) {
  for (double bad : {-1.0, 5.0}) {
    Writer w(DType::float32, DType::float32);
    const Value ids = w.values(DType::int32, {3, 1}, {1, bad, 2});
    w.graph.add(host::Scatter{.combine = Combine::add}, {w.operand({5, 3}), ids, w.operand({3, 3})});
    const auto device = make_cuda_device(0, {});
    const Ran ran = Runner(w, *device, {}).run();
    EXPECT_EQ(ran.error.raised, 1);
    EXPECT_EQ(ran.error.found, static_cast<int64_t>(bad));
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
