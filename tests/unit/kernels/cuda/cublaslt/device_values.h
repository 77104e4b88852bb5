// Numbers in device memory for the tests of the CUDA libraries' wrappers: uploaded from and downloaded to float64, in any element
// type.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "keraunos/dtype.h"

namespace keraunos::cuda::library_tests {

/// Calls `body` with a value of the C++ type.
template <class F>
void with_type(DType type, F body) {
  switch (type) {
    case DType::float32: return body(float{});
    case DType::float64: return body(double{});
    case DType::float16: return body(float16{});
    case DType::bfloat16: return body(bfloat16{});
    case DType::int8: return body(int8_t{});
    case DType::int32: return body(int32_t{});
    default: FAIL() << "no such type in these tests";
  }
}

template <class T>
T from_double(double value) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<T>(value);
  else
    return T(static_cast<float>(value));
}
template <class T>
double as_double(T value) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<double>(value);
  else
    return static_cast<double>(static_cast<float>(value));
}

/// The values rounded to the type.
inline std::vector<double> rounded(std::vector<double> values, DType type) {
  with_type(type, [&](auto sample) {
    for (double& value : values) value = as_double(from_double<decltype(sample)>(value));
  });
  return values;
}

/// Uniform in −1 … 1, or whole numbers for integers, already rounded to the type.
inline std::vector<double> random_values(std::mt19937& random, int64_t count, DType type) {
  std::vector<double> values(static_cast<size_t>(count));
  const bool whole = !is_floating(type);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (double& value : values) value = whole ? static_cast<double>(static_cast<int>(uniform(random) * 127)) : uniform(random);
  return rounded(std::move(values), type);
}

/// An array in device memory that starts `shift` elements after an aligned address.
class DeviceValues {
 public:
  /// New memory, which the stand-in fills with NaN.
  DeviceValues(DType type, int64_t count, int64_t shift = 0) : type_(type), count_(count), shift_(shift) {
    EXPECT_EQ(cudaMalloc(&memory_, static_cast<size_t>((count + shift) * size_of(type))), cudaSuccess);
  }
  DeviceValues(DType type, const std::vector<double>& values, cudaStream_t stream, int64_t shift = 0)
      : DeviceValues(type, static_cast<int64_t>(values.size()), shift) {
    with_type(type, [&](auto sample) {
      using T = decltype(sample);
      std::vector<T> host(values.size());
      for (size_t i = 0; i < host.size(); ++i) host[i] = from_double<T>(values[i]);
      EXPECT_EQ(cudaMemcpyAsync(data(), host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice, stream), cudaSuccess);
      EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    });
  }
  ~DeviceValues() { cudaFree(memory_); }
  DeviceValues(const DeviceValues&) = delete;
  DeviceValues& operator=(const DeviceValues&) = delete;

  void* data() const { return static_cast<char*>(memory_) + shift_ * size_of(type_); }
  std::vector<double> download(cudaStream_t stream) const {
    std::vector<double> values(static_cast<size_t>(count_));
    with_type(type_, [&](auto sample) {
      using T = decltype(sample);
      std::vector<T> host(values.size());
      EXPECT_EQ(cudaMemcpyAsync(host.data(), data(), host.size() * sizeof(T), cudaMemcpyDeviceToHost, stream), cudaSuccess);
      EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
      for (size_t i = 0; i < host.size(); ++i) values[i] = as_double(host[i]);
    });
    return values;
  }

 private:
  DType type_;
  int64_t count_, shift_;
  void* memory_ = nullptr;
};

/// Device memory, or null for 0 bytes.
class Workspace {
 public:
  explicit Workspace(int64_t bytes) {
    if (bytes > 0) {
      EXPECT_EQ(cudaMalloc(&memory_, static_cast<size_t>(bytes)), cudaSuccess);
    }
  }
  ~Workspace() { cudaFree(memory_); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  void* data() const { return memory_; }

 private:
  void* memory_ = nullptr;
};

/// Like NumPy's allclose; the message names the first element that is not close. NaN is never close.
inline void expect_close(const std::vector<double>& found, const std::vector<double>& expected, double relative,
                         double absolute) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const double difference = found[i] - expected[i],
                 allowed = absolute + relative * (expected[i] < 0 ? -expected[i] : expected[i]);
    ASSERT_TRUE(difference <= allowed && -difference <= allowed)
        << "element " << i << " is " << found[i] << ", expected " << expected[i];
  }
}

class TestStream {
 public:
  TestStream() { EXPECT_EQ(cudaStreamCreateWithFlags(&raw_, cudaStreamNonBlocking), cudaSuccess); }
  ~TestStream() { cudaStreamDestroy(raw_); }
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  cudaStream_t get() const { return raw_; }

 private:
  cudaStream_t raw_ = nullptr;
};

}  // namespace keraunos::cuda::library_tests
