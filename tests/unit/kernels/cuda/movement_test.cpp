// Transposition, slices, concatenation, padding, gathering.
#include <numeric>

#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

const DType kTypes[] = {DType::float32, DType::float64, DType::bfloat16, DType::int8, DType::int64};

template <class Write>
void in_all_types(Write write) {
  for (DType type : kTypes) expect_same(type, write);
}

TEST(CudaTranspose, EveryPermutation) {
  std::vector<int> order{0, 1, 2, 3};
  for (const Dims& dims : {Dims{2, 3, 4, 5}, Dims{1, 33, 1, 8}, Dims{2, 0, 3, 4}}) {
    std::sort(order.begin(), order.end());
    do {
      expect_same(DType::float32, [&](Writer& w) { w.build.transpose(w.operand(dims), order); });
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(CudaTranspose, MatricesOfEveryType) {
  for (int64_t rows : {1, 31, 32, 33, 70}) {
    for (int64_t columns : {1, 32, 65}) {
      in_all_types([&](Writer& w) { w.build.transpose(w.operand({2, rows, columns}), std::vector<int>{0, 2, 1}); });
    }
  }
}

TEST(CudaSlice, StepsOfEverySign) {
  in_all_types([](Writer& w) {
    const Value x = w.operand({5, 6, 8});
    w.build.slice_axis(x, 0, 1, 3);
    w.build.slice_axis(x, 1, 5, 3, -2);
    w.build.slice_axis(x, 2, 2, 3, 2);
    w.build.slice_axis(x, 2, 4, 4);
    w.build.reverse(x, 2);
    w.build.reverse(x, 0);
    w.build.slice_axis(x, 1, 2, 0);
  });
}

TEST(CudaConcat, WidthsAndAxes) {
  in_all_types([](Writer& w) {
    const Value a = w.operand({3, 2, 4}), b = w.operand({3, 5, 4}), c = w.operand({3, 0, 4}), d = w.operand({3, 2, 1}),
                e = w.operand({3, 2, 8});
    w.build.concatenate(std::vector{a, b, c}, 1);
    w.build.concatenate(std::vector{a, d, e, a}, 2);
    w.build.concatenate(std::vector{a, e}, 2);
    w.build.concatenate(std::vector{b, b}, 0);
  });
}

TEST(CudaConcat, ManyParts) {
  expect_same(DType::float32, [](Writer& w) {
    std::vector<Value> parts;
    for (int64_t i = 0; i < 19; ++i) parts.push_back(w.operand({4, i % 3}));
    w.build.concatenate(parts, 1);
  });
}

TEST(CudaPad, AroundEveryAxis) {
  in_all_types([](Writer& w) {
    const std::vector<int64_t> none{0, 0, 0, 0};
    const Value x = w.operand({2, 3, 3, 4});
    w.build.pad(x, std::vector<int64_t>{0, 1, 0, 0}, std::vector<int64_t>{0, 2, 3, 0}, 0);
    w.build.pad(x, std::vector<int64_t>{1, 0, 0, 3}, none, 5);
    w.build.pad(x, none, std::vector<int64_t>{0, 0, 0, 4}, 7);
    w.build.pad(x, none, none, 1);
    w.build.pad(w.operand({0, 2}), std::vector<int64_t>{1, 1}, std::vector<int64_t>{1, 0}, 3);
  });
}

TEST(CudaGather, AxesAndTypesOfIds) {
  for (DType ids : {DType::int32, DType::int64, DType::uint8, DType::int8}) {
    in_all_types([&](Writer& w) {
      const Value where = w.values(ids, {2, 3}, {4, 0, 1, 1, 3, 2});
      w.build.gather(w.operand({5, 8}, true), where, 0);
      w.build.gather(w.operand({3, 5, 3}), where, 1);
      w.build.gather(w.operand({3, 5}), where, 1);
      w.build.gather(w.operand({5}), where, 0);
    });
  }
}

TEST(CudaGather, IdsCountFromTheEnd) {
  for (DType ids : {DType::int32, DType::int8}) {
    in_all_types([&](Writer& w) {
      const Value where = w.values(ids, {2, 3}, {-1, -5, 1, 0, 4, -3});
      w.graph.add(host::Gather{.axis = 1, .from_end = true}, {w.operand({3, 5, 3}), where});
    });
  }
  Writer w(DType::float32, DType::float32);
  w.graph.add(host::Gather{.from_end = true}, {w.operand({5, 3}), w.values(DType::int32, {1}, {-6})});
  const auto device = make_cuda_device(0, {});
  EXPECT_EQ(Runner(w, *device, {}).run().error.found, -6);
}

TEST(CudaGather, AnIdOutsideGivesZerosAndIsFound) {
  for (double bad : {-1.0, 5.0}) {
    Writer w(DType::float32, DType::float32);
    w.build.gather(w.operand({5, 3}), w.values(DType::int32, {3}, {1, bad, 2}), 0);
    const auto device = make_cuda_device(0, {});
    const Ran ran = Runner(w, *device, {}).run();
    EXPECT_EQ(ran.error.raised, 1);
    EXPECT_EQ(ran.error.found, static_cast<int64_t>(bad));
    const Tensor& result = ran.values.begin()->second;
    for (int64_t i = 3; i < 6; ++i) EXPECT_EQ(element(result, i), 0);
  }
}

TEST(CudaMovement, MemoryBesideAlignment) {
  expect_same(DType::float32,
              [](Writer& w) {
                const Value x = w.operand({4, 8});
                w.build.slice_axis(x, 1, 4, 4);
                w.build.concatenate(std::vector{x, x}, 1);
                w.build.pad(x, std::vector<int64_t>{1, 0}, std::vector<int64_t>{0, 4}, 0);
                w.build.transpose(x, std::vector<int>{1, 0});
              },
              {.misaligned = 4});
}

}  // namespace
}  // namespace keraunos::cuda::tests
