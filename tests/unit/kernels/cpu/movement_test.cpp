// Transpose, slice, concat, pad and gather, element by element for odd shapes and every element size.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

const DType kTypes[] = {DType::float32, DType::float64, DType::float16, DType::int8, DType::int64, DType::boolean};

std::vector<int64_t> strides(const Dims& dims) {
  std::vector<int64_t> result(static_cast<size_t>(dims.rank()), 1);
  for (int i = dims.rank() - 2; i >= 0; --i) result[static_cast<size_t>(i)] = result[static_cast<size_t>(i) + 1] * dims[i + 1];
  return result;
}

// Calls f(index) for every index of a shape, in order.
void each(const Dims& dims, const std::function<void(const std::vector<int64_t>&)>& f) {
  std::vector<int64_t> index(static_cast<size_t>(dims.rank()), 0);
  for (int64_t n = 0; n < dims.elements(); ++n) {
    f(index);
    for (int axis = dims.rank() - 1; axis >= 0 && ++index[static_cast<size_t>(axis)] == dims[axis]; --axis)
      index[static_cast<size_t>(axis)] = 0;
  }
}

void check_transpose(DType type, const Dims& dims, const std::vector<int>& permutation) {
  SCOPED_TRACE(dims.to_string() + ' ' + std::string(name_of(type)));
  Net net;
  Tensor x = random_tensor(type, dims, 3);
  const std::vector<double> values = doubles(x);
  const std::vector<int64_t> step = strides(dims);
  std::vector<int64_t> extents;
  for (int axis : permutation) extents.push_back(dims[axis]);
  std::vector<double> expected;
  each(Dims(extents), [&](const std::vector<int64_t>& index) {
    int64_t at = 0;
    for (size_t i = 0; i < index.size(); ++i) at += index[i] * step[static_cast<size_t>(permutation[i])];
    expected.push_back(values[static_cast<size_t>(at)]);
  });
  const Value v = net.input(std::move(x));
  const Value y = net.graph.add(host::Transpose{permutation}, {v}, {{.shape = host::shape_of(Dims(extents)), .dtype = type}})[0];
  expect_close(net.run(y), expected, 0, 0);
}

TEST(Transpose, EveryPermutationOfOddShapes) {
  for (const DType type : kTypes) {
    for (const Dims& dims : {Dims{5}, Dims{17, 33}, Dims{3, 31, 18}, Dims{2, 1, 7, 5}, Dims{0, 3}, Dims{2, 3, 4, 5, 3}}) {
      std::vector<int> permutation(static_cast<size_t>(dims.rank()));
      std::iota(permutation.begin(), permutation.end(), 0);
      do {
        check_transpose(type, dims, permutation);
      } while (std::next_permutation(permutation.begin(), permutation.end()));
    }
  }
}

TEST(Transpose, LargeEnoughForThreads) { check_transpose(DType::float32, {64, 57, 130}, {2, 0, 1}); }

TEST(Slice, StartsAndSteps) {
  const Dims dims{5, 7, 11};
  struct Cut {
    std::vector<int64_t> start, size, step;
  };
  for (const DType type : kTypes) {
    for (const Cut& cut :
         {Cut{{0, 0, 0}, {5, 7, 11}, {1, 1, 1}}, Cut{{1, 2, 3}, {2, 5, 8}, {1, 1, 1}}, Cut{{4, 6, 10}, {5, 7, 11}, {-1, -1, -1}},
          Cut{{0, 1, 0}, {3, 2, 6}, {2, 3, 2}}, Cut{{4, 0, 9}, {2, 7, 3}, {-3, 1, -4}}, Cut{{2, 0, 0}, {0, 7, 11}, {1, 1, 1}}}) {
      Net net;
      Tensor x = random_tensor(type, dims, 4);
      const std::vector<double> values = doubles(x);
      std::vector<double> expected;
      each(Dims(cut.size), [&](const std::vector<int64_t>& i) {
        const auto at = [&](size_t axis) { return cut.start[axis] + i[axis] * cut.step[axis]; };
        expected.push_back(values[static_cast<size_t>((at(0) * 7 + at(1)) * 11 + at(2))]);
      });
      const Value v = net.input(std::move(x));
      const Value y =
          net.graph.add(host::Slice{cut.start, cut.step}, {v}, {{.shape = host::shape_of(Dims(cut.size)), .dtype = type}})[0];
      expect_close(net.run(y), expected, 0, 0);
    }
  }
}

TEST(Concat, AllAxes) {
  for (const DType type : kTypes) {
    for (int axis = 0; axis < 3; ++axis) {
      std::vector<Tensor> parts;
      std::vector<std::vector<double>> values;
      std::vector<int64_t> total{3, 4, 5};
      total[static_cast<size_t>(axis)] = 0;
      for (const int64_t extent : {int64_t{1}, int64_t{6}, int64_t{0}, int64_t{2}}) {
        std::vector<int64_t> dims{3, 4, 5};
        dims[static_cast<size_t>(axis)] = extent;
        total[static_cast<size_t>(axis)] += extent;
        parts.push_back(random_tensor(type, Dims(dims), static_cast<unsigned>(extent)));
        values.push_back(doubles(parts.back()));
      }
      std::vector<double> expected;
      each(Dims(total), [&](std::vector<int64_t> index) {
        size_t part = 0;
        int64_t& along = index[static_cast<size_t>(axis)];
        while (along >= parts[part].dims()[axis]) along -= parts[part++].dims()[axis];
        const std::vector<int64_t> step = strides(parts[part].dims());
        expected.push_back(values[part][static_cast<size_t>(index[0] * step[0] + index[1] * step[1] + index[2] * step[2])]);
      });
      Net net;
      std::vector<Value> in;
      for (Tensor& part : parts) in.push_back(net.input(std::move(part)));
      const Value y = net.graph.add(host::Concat{axis}, in, {{.shape = host::shape_of(Dims(total)), .dtype = type}})[0];
      expect_close(net.run(y), expected, 0, 0);
    }
  }
}

TEST(Pad, BothSidesAndAnyValue) {
  for (const DType type : kTypes) {
    for (const double value : {0.0, 1.0, -3.0}) {
      if (type == DType::boolean && value < 0) continue;
      const std::vector<int64_t> low{1, 0, 2}, high{0, 3, 1};
      Net net;
      Tensor x = random_tensor(type, {3, 2, 5}, 4);
      const std::vector<double> values = doubles(x);
      std::vector<double> expected;
      each({4, 5, 8}, [&](const std::vector<int64_t>& i) {
        const int64_t a = i[0] - 1, b = i[1], c = i[2] - 2;
        const bool inside = a >= 0 && b < 2 && c >= 0 && c < 5;
        expected.push_back(inside ? values[static_cast<size_t>((a * 2 + b) * 5 + c)] : value);
      });
      const Value v = net.input(std::move(x));
      const Value y = net.graph.add(host::Pad{low, high, value}, {v}, {{.shape = {{4}, {5}, {8}}, .dtype = type}})[0];
      expect_close(net.run(y), expected, 0, 0);
    }
  }
}

TEST(Gather, AlongEveryAxisWithEveryIdType) {
  for (const DType ids : {DType::int32, DType::int64, DType::uint8, DType::int16}) {
    for (int axis = 0; axis < 3; ++axis) {
      Net net;
      const Dims dims{4, 3, 5};
      Tensor table = random_tensor(DType::float32, dims, 4);
      const std::vector<double> values = doubles(table);
      const std::vector<double> chosen{2, 0, 1, 2, 2, 0};
      std::vector<int64_t> extents;
      for (int i = 0; i < 3; ++i) {
        if (i == axis)
          extents.push_back(2), extents.push_back(3);
        else
          extents.push_back(dims[i]);
      }
      std::vector<double> expected;
      each(Dims(extents), [&](const std::vector<int64_t>& index) {
        std::vector<int64_t> at;
        for (size_t i = 0; i < 4; ++i) {
          if (i == static_cast<size_t>(axis))
            at.push_back(static_cast<int64_t>(chosen[static_cast<size_t>(index[i] * 3 + index[i + 1])]));
          else if (i != static_cast<size_t>(axis) + 1)
            at.push_back(index[i]);
        }
        expected.push_back(values[static_cast<size_t>((at[0] * 3 + at[1]) * 5 + at[2])]);
      });
      const Value y = net.build.gather(net.input(std::move(table)), net.input(tensor_of(ids, {2, 3}, chosen)), axis);
      expect_close(net.run(y), expected, 0, 0);
      EXPECT_EQ(net.error.raised, 0);
    }
  }
}

TEST(Gather, IdsCountFromTheEnd) {
  Net net;
  const Value table = net.input(tensor_of(DType::float32, {3, 2}, {1, 2, 3, 4, 5, 6}));
  const Value ids = net.input(tensor_of(DType::int32, {5}, {-1, 0, -3, 2, -4}));
  const Value y = net.graph.add(host::Gather{.from_end = true}, {table, ids})[0];
  expect_close(net.run(y), {5, 6, 1, 2, 1, 2, 5, 6, 0, 0}, 0, 0);
  EXPECT_EQ(net.error.raised, 1);
  EXPECT_EQ(net.error.found, -4);
}

TEST(Gather, AnIdOutsideRaisesTheErrorWordAndGivesZeros) {
  for (const double bad : {-1.0, 3.0, 1e6}) {
    Net net;
    const Value table = net.input(tensor_of(DType::float32, {3, 2}, {1, 2, 3, 4, 5, 6}));
    const Value y = net.build.gather(table, net.input(tensor_of(DType::int32, {3}, {1, bad, 0})), 0);
    expect_close(net.run(y), {3, 4, 0, 0, 1, 2}, 0, 0);
    EXPECT_EQ(net.error.raised, 1);
    EXPECT_EQ(net.error.found, static_cast<int64_t>(bad));
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
