// The rules of cuDNN's backend API as the stand-in implements them. Codes of refusals are those of the real library (9.19).
#include <cudnn.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

/// A descriptor with the raw calls and their status codes.
class Raw {
 public:
  explicit Raw(cudnnBackendDescriptorType_t type) { EXPECT_EQ(cudnnBackendCreateDescriptor(type, &raw_), CUDNN_STATUS_SUCCESS); }
  Raw(Raw&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  ~Raw() { cudnnBackendDestroyDescriptor(raw_); }

  template <class T>
  cudnnStatus_t set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::vector<T> values) {
    return cudnnBackendSetAttribute(raw_, name, type, static_cast<int64_t>(values.size()), values.data());
  }
  cudnnStatus_t link(cudnnBackendAttributeName_t name, const Raw& other) {
    return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, std::vector<cudnnBackendDescriptor_t>{other.raw_});
  }
  template <class T>
  cudnnStatus_t get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, T* value) const {
    int64_t count = 0;
    return cudnnBackendGetAttribute(raw_, name, type, 1, &count, value);
  }
  cudnnStatus_t finalize() { return cudnnBackendFinalize(raw_); }
  cudnnBackendDescriptor_t get() const { return raw_; }

 private:
  cudnnBackendDescriptor_t raw_ = nullptr;
};

enum Id : int64_t { kX, kW, kBias, kResidual, kY, kSum, kConvolved };

/// Channels last, dims as (N, C, H, W).
Raw tensor(int64_t id, std::vector<int64_t> dims, bool is_virtual = false, int64_t alignment = 16) {
  Raw t(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, std::vector<int64_t>{id});
  t.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, std::vector<cudnnDataType_t>{CUDNN_DATA_FLOAT});
  t.set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64,
        std::vector<int64_t>{dims[1] * dims[2] * dims[3], 1, dims[1] * dims[3], dims[1]});
  t.set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, std::move(dims));
  t.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, std::vector<int64_t>{alignment});
  t.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, std::vector<char>{is_virtual});
  return t;
}

Raw finalized(Raw descriptor) {
  EXPECT_EQ(descriptor.finalize(), CUDNN_STATUS_SUCCESS);
  return descriptor;
}

/// One input channel, one filter of a single tap: y = x · w [+ …], so that expected numbers are obvious.
class Cudnn : public testing::Test {
 protected:
  static constexpr int64_t kWidth = 3;

  Cudnn() { cudnnCreate(&handle_); }
  ~Cudnn() override { cudnnDestroy(handle_); }

  static std::vector<int64_t> full() { return {1, 2, 1, kWidth}; }

  void convolution(int64_t result, std::vector<int64_t> filter = {2, 1, 1, 1}) {
    Raw window(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, std::vector<cudnnDataType_t>{CUDNN_DATA_FLOAT});
    window.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE,
               std::vector<cudnnConvolutionMode_t>{CUDNN_CROSS_CORRELATION});
    window.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, std::vector<int64_t>{2});
    for (const auto name : {CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_ATTR_CONVOLUTION_DILATIONS}) {
      window.set(name, CUDNN_TYPE_INT64, std::vector<int64_t>{1, 1});
    }
    for (const auto name : {CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS}) {
      window.set(name, CUDNN_TYPE_INT64, std::vector<int64_t>{0, 0});
    }
    EXPECT_EQ(window.finalize(), CUDNN_STATUS_SUCCESS);
    Raw& operation = operations_.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    operation.link(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window);
    operation.link(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, finalized(tensor(kX, {1, 1, 1, kWidth})));
    operation.link(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, finalized(tensor(kW, std::move(filter))));
    operation.link(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, finalized(tensor(result, full(), result != kY)));
  }

  void add(int64_t x, int64_t b, std::vector<int64_t> b_dims, int64_t y, cudnnPointwiseMode_t mode = CUDNN_POINTWISE_ADD) {
    Raw function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    function.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, std::vector<cudnnPointwiseMode_t>{mode});
    function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, std::vector<cudnnDataType_t>{CUDNN_DATA_FLOAT});
    EXPECT_EQ(function.finalize(), CUDNN_STATUS_SUCCESS);
    Raw& operation = operations_.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.link(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function);
    operation.link(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, finalized(tensor(x, full(), true)));
    operation.link(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, finalized(tensor(b, std::move(b_dims))));
    operation.link(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, finalized(tensor(y, full(), y != kY)));
  }

  Raw graph() {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (Raw& operation : operations_) {
      EXPECT_EQ(operation.finalize(), CUDNN_STATUS_SUCCESS);
      raw.push_back(operation.get());
    }
    Raw g(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    g.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, raw);
    return finalized(std::move(g));
  }

  /// The engine configurations that the heuristic returns, and the number that it promised.
  std::vector<Raw> configurations(const Raw& graph, int64_t* promised) {
    Raw heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.link(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, std::vector<cudnnBackendHeurMode_t>{CUDNN_HEUR_MODE_A});
    EXPECT_EQ(heuristics.finalize(), CUDNN_STATUS_SUCCESS);
    int64_t filled = 0;
    EXPECT_EQ(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0,
                                       promised, nullptr),
              0);
    std::vector<Raw> configs;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (int64_t i = 0; i < *promised; ++i) raw.push_back(configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR).get());
    EXPECT_EQ(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, *promised,
                                       &filled, raw.data()),
              0);
    filled_ = filled;
    return configs;
  }

  Raw plan_of(const Raw& config) {
    Raw plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    plan.link(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, std::vector<cudnnHandle_t>{handle_});
    return plan;
  }

  /// The last configuration: the generic engine, without workspace.
  Raw generic_plan() {
    int64_t promised = 0;
    const auto configs = configurations(graph(), &promised);
    return finalized(plan_of(configs[static_cast<size_t>(filled_ - 1)]));
  }

  cudnnStatus_t execute(const Raw& plan, std::vector<int64_t> ids, std::vector<void*> addresses, void* workspace = nullptr) {
    Raw pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, std::move(ids));
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, std::move(addresses));
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, std::vector<void*>{workspace});
    if (const auto status = pack.finalize(); status != CUDNN_STATUS_SUCCESS) return status;
    cudnnSetStream(handle_, stream_.get());
    const cudnnStatus_t status = cudnnBackendExecute(handle_, plan.get(), pack.get());
    EXPECT_EQ(cudaStreamSynchronize(stream_.get()), cudaSuccess);  // operands are freed when a test ends
    return status;
  }

  TestStream stream_;
  cudnnHandle_t handle_ = nullptr;
  std::vector<Raw> operations_;
  int64_t filled_ = 0;
};

TEST_F(Cudnn, ChecksAttributes) {
  Raw t = tensor(1, {1, 1, 1, 1});
  EXPECT_EQ(t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_DOUBLE, std::vector<double>{1}), CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE);
  EXPECT_EQ(t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, std::vector<int64_t>{1, 2}), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(t.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, std::vector<int64_t>{1}), CUDNN_STATUS_BAD_PARAM);
  int64_t id = 0;
  EXPECT_EQ(t.get(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, &id), CUDNN_STATUS_NOT_INITIALIZED);
  ASSERT_EQ(t.finalize(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(t.get(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, &id), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(id, 1);
  EXPECT_EQ(t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, std::vector<int64_t>{1}), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(t.finalize(), CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, RefusesWhatTheRealLibraryRefuses) {
  EXPECT_EQ(tensor(1, {1, 1, 1, 1}, false, 3).finalize(), CUDNN_STATUS_BAD_PARAM);  // not a multiple of an element
  Raw empty(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  EXPECT_EQ(empty.finalize(), CUDNN_STATUS_BAD_PARAM);
  convolution(kY, {2, 2, 1, 1});  // two channels per filter, one in the input
  EXPECT_EQ(operations_[0].finalize(), CUDNN_STATUS_BAD_PARAM);
}

TEST_F(Cudnn, HeuristicsPromiseMoreThanTheyGive) {
  convolution(kY);
  int64_t promised = 0;
  const auto configs = configurations(graph(), &promised);
  EXPECT_GT(filled_, 0);
  EXPECT_LT(filled_, promised);
  EXPECT_EQ(plan_of(configs.front()).finalize(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(plan_of(configs.back()).finalize(), CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED);
}

TEST_F(Cudnn, OnlyTheCompilingEngineTakesABiasBeforeAResidual) {
  convolution(kConvolved);
  add(kConvolved, kBias, {1, 2, 1, 1}, kSum);
  add(kSum, kResidual, full(), kY);
  int64_t promised = 0;
  const auto configs = configurations(graph(), &promised);
  ASSERT_EQ(filled_, 1);
  Raw engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t raw = engine.get();
  ASSERT_EQ(configs[0].get(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, &raw), CUDNN_STATUS_SUCCESS);
  auto note = CUDNN_BEHAVIOR_NOTE_TYPE_COUNT;
  ASSERT_EQ(engine.get(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, &note), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(note, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
}

TEST_F(Cudnn, EvaluatesAChain) {
  convolution(kConvolved);
  add(kConvolved, kResidual, full(), kSum);
  add(kSum, kBias, {1, 2, 1, 1}, kY);
  const Raw plan = generic_plan();
  const DeviceValues x(DType::float32, std::vector<double>{1, 2, 3}, stream_.get()),
      w(DType::float32, std::vector<double>{1, -1}, stream_.get());
  const DeviceValues residual(DType::float32, std::vector<double>{.1, .2, .3, .4, .5, .6}, stream_.get());
  const DeviceValues bias(DType::float32, std::vector<double>{10, 20}, stream_.get()), y(DType::float32, 6);
  ASSERT_EQ(execute(plan, {kX, kW, kResidual, kBias, kY}, {x.data(), w.data(), residual.data(), bias.data(), y.data()}),
            CUDNN_STATUS_SUCCESS);
  expect_close(y.download(stream_.get()), {11.1, 19.2, 12.3, 18.4, 13.5, 17.6}, 1e-6, 1e-6);
}

TEST_F(Cudnn, MultipliesAndBroadcastsAnOperand) {
  convolution(kConvolved);
  add(kConvolved, kResidual, {1, 1, 1, kWidth}, kY, CUDNN_POINTWISE_MUL);
  const Raw plan = generic_plan();  // the compiling engine is the only one
  const DeviceValues x(DType::float32, std::vector<double>{1, 2, 3}, stream_.get()),
      w(DType::float32, std::vector<double>{1, -1}, stream_.get());
  const DeviceValues scale(DType::float32, std::vector<double>{1, 10, 100}, stream_.get()), y(DType::float32, 6);
  ASSERT_EQ(execute(plan, {kX, kW, kResidual, kY}, {x.data(), w.data(), scale.data(), y.data()}), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y.download(stream_.get()), (std::vector<double>{1, -1, 20, -20, 300, -300}));
}

TEST_F(Cudnn, ChecksAddressesWhenItRuns) {
  convolution(kY);
  const Raw plan = generic_plan();
  const std::vector<double> numbers{1, 2, 3};
  const DeviceValues x(DType::float32, numbers, stream_.get()), shifted(DType::float32, numbers, stream_.get(), 1),
      w(DType::float32, 2);
  const DeviceValues y(DType::float32, 6), few(DType::float32, 5);
  EXPECT_EQ(execute(plan, {kX, kW}, {x.data(), w.data()}), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(execute(plan, {kX, kW, kW}, {x.data(), w.data(), y.data()}), CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES);
  EXPECT_EQ(execute(plan, {kX, kW, kY}, {x.data(), w.data()}), CUDNN_STATUS_BAD_PARAM);
  EXPECT_EQ(execute(plan, {kX, kW, kY}, {nullptr, w.data(), y.data()}), CUDNN_STATUS_BAD_PARAM_NULL_POINTER);
  EXPECT_EQ(execute(plan, {kX, kW, kY}, {shifted.data(), w.data(), y.data()}), CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER);
  EXPECT_EQ(execute(plan, {kX, kW, kY}, {x.data(), w.data(), few.data()}), CUDNN_STATUS_EXECUTION_FAILED);
  EXPECT_EQ(execute(plan, {kX, kW, kY}, {x.data(), w.data(), y.data()}), CUDNN_STATUS_SUCCESS);
}

TEST_F(Cudnn, NeedsItsWholeOddWorkspaceAndDirtiesIt) {
  convolution(kY);
  int64_t promised = 0, bytes = 0;
  const auto configs = configurations(graph(), &promised);
  const Raw plan = finalized(plan_of(configs[1]));
  ASSERT_EQ(plan.get(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, &bytes), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(bytes, 131);
  const DeviceValues x(DType::float32, std::vector<double>{1, 2, 3}, stream_.get()),
      w(DType::float32, std::vector<double>{1, 2}, stream_.get());
  const DeviceValues y(DType::float32, 6), workspace(DType::int8, std::vector<double>(131, 0), stream_.get()),
      shorter(DType::int8, 130);
  const std::vector<int64_t> ids{kX, kW, kY};
  const std::vector<void*> addresses{x.data(), w.data(), y.data()};
  EXPECT_EQ(execute(plan, ids, addresses), CUDNN_STATUS_BAD_PARAM_NULL_POINTER);
  EXPECT_EQ(execute(plan, ids, addresses, shorter.data()), CUDNN_STATUS_EXECUTION_FAILED);
  ASSERT_EQ(execute(plan, ids, addresses, workspace.data()), CUDNN_STATUS_SUCCESS);
  for (double value : workspace.download(stream_.get())) EXPECT_NE(value, 0);
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
