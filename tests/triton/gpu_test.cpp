// Inputs and outputs in memory of a GPU: of instances on a GPU and on the CPU, over the stand-in; and refused where there is no
// GPU.
#include "device_under_test.h"
#include "keraunos/device_memory.h"
#include "keraunos/error.h"
#include "triton/served.h"

namespace keraunos::triton {
namespace {

class TritonGpu : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (device_under_test().kind != Device::cuda) GTEST_SKIP() << "there is no memory of a GPU";
  }
};
// The parameter: whether the instance computes on the GPU.
INSTANTIATE_TEST_SUITE_P(OnAnInstance, TritonGpu, ::testing::Bool(),
                         [](const auto& place) { return place.param ? "OfTheGpu" : "OfTheCpu"; });

std::vector<TRITONBACKEND_Request> three(const Served& served, size_t pieces = 1) {
  std::vector<TRITONBACKEND_Request> requests;
  requests.push_back(served.request(0, 1, pieces));
  requests.push_back(served.request(1, 2, pieces));
  requests.push_back(served.request(0, 1, pieces));
  return requests;
}

void expect_three(const std::vector<TRITONBACKEND_Request>& requests, const Served& served, bool exact) {
  const Named expected[] = {served.expected(0, 1), served.expected(1, 2), served.expected(0, 1)};
  for (size_t i = 0; i < requests.size(); ++i) {
    expect_finished(requests[i], true);
    for (const auto& [name, tensor] : expected[i]) {
      const Tensor found = output(requests[i], name);
      ASSERT_EQ(found.dims(), tensor.dims());
      if (exact || tensor.dtype() != DType::float32) {
        EXPECT_TRUE(same(found, tensor)) << name;
        continue;
      }
      for (int64_t k = 0; k < tensor.dims().elements(); ++k)  // of a model on the CPU, compared with the device under test
        EXPECT_NEAR(found.values<float>()[static_cast<size_t>(k)], tensor.values<float>()[static_cast<size_t>(k)], 1e-4);
    }
  }
}

TEST_P(TritonGpu, InputsAreReadWhereTheyLie) {
  for (const char* name : {"doc_example_k3", "text_classify_k3", "ages_heads_k3_12", "string_lookup_inverse_k3"}) {
    for (const size_t pieces : {1u, 3u}) {
      for (const size_t offset : {0u, 1u}) {  // an address that is aligned for no dtype
        Served served(name);
        ASSERT_EQ(served.initialise(), "");
        auto requests = three(served, pieces);
        for (size_t i = 0; i < 3; ++i) {
          if (i == 2 && offset == 0) continue;  // and one request from the host
          for (TRITONBACKEND_Input& input : requests[i].inputs) move_to_gpu(input, offset);
        }
        ASSERT_EQ(execute(served.add_instance(GetParam()), requests), "");
        expect_three(requests, served, GetParam());
      }
    }
  }
}

TEST_P(TritonGpu, OutputsAreWrittenWhereTheServerGivesRoom) {
  for (const bool inputs_on_gpu : {false, true}) {
    Served served("ages_heads_k3_12");
    ASSERT_EQ(served.initialise(), "");
    auto requests = three(served);
    for (TRITONBACKEND_Request& request : requests) {
      request.output_memory = TRITONSERVER_MEMORY_GPU;
      if (!inputs_on_gpu) continue;
      for (TRITONBACKEND_Input& input : request.inputs) move_to_gpu(input);
    }
    requests[2].output_memory = TRITONSERVER_MEMORY_CPU;
    ASSERT_EQ(execute(served.add_instance(GetParam()), requests), "");
    expect_three(requests, served, GetParam());
    EXPECT_NE(requests[0].outputs[0]->on_gpu, nullptr);
    EXPECT_EQ(requests[2].outputs[0]->on_gpu, nullptr);
  }
}

TEST_P(TritonGpu, ResultsAreOfferedWhereTheyWereComputed) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance(GetParam());
  for (const size_t offset : {0u, 1u, 1000u}) {  // 1: gathered on the GPU, because no kernel reads there; 1000: from the host
    const bool inputs_on_gpu = offset < 1000;
    auto requests = three(served);
    for (TRITONBACKEND_Request& request : requests) {
      request.takes_preferred = true;
      if (inputs_on_gpu) move_to_gpu(request.inputs[0], offset);
    }
    requests.resize(1);  // alone, so that it is read in place where that is possible
    ASSERT_EQ(execute(instance, requests), "");
    expect_three(requests, served, GetParam());
    const bool stay = inputs_on_gpu && GetParam();
    for (const TRITONBACKEND_Request& request : requests)
      EXPECT_EQ(request.outputs[0]->preferred, stay ? TRITONSERVER_MEMORY_GPU : TRITONSERVER_MEMORY_CPU);
  }
}

// States are kept by no call on the device, so these go by way of the host.
TEST_P(TritonGpu, StatefulModels) {
  Served served("conv_lstm_stateful_k3");
  ASSERT_EQ(served.initialise(), "");
  const int64_t rows = served.rows_of(0, 1)[0].second.dims[0] * *served.expected_model.inputs()[0].shape[0];
  std::vector<TRITONBACKEND_Request> requests;
  requests.push_back(served.request(0, rows));
  move_to_gpu(requests[0].inputs[0]);
  ASSERT_EQ(execute(served.add_instance(GetParam()), requests), "");
  expect_finished(requests[0], true);
}

TEST_P(TritonGpu, FaultsAreAnsweredToTheirOwnRequest) {
  Served served("embedding_k3");
  ASSERT_EQ(served.initialise(), "");
  auto requests = three(served);
  std::vector<std::byte>& bytes = *requests[1].inputs[0].buffers[0];
  std::fill(bytes.begin(), bytes.end(), std::byte{0x4e});  // ids far outside the table
  for (TRITONBACKEND_Request& request : requests) move_to_gpu(request.inputs[0]);
  requests.push_back(served.request(0, 1));
  requests.back().inputs[0].memory = TRITONSERVER_MEMORY_GPU, requests.back().inputs[0].device = 99;
  requests.push_back(served.request(0, 1));
  requests.back().output_memory = TRITONSERVER_MEMORY_GPU, requests.back().output_device = 99;
  ASSERT_EQ(execute(served.add_instance(GetParam()), requests), "");
  for (const size_t good : {0u, 2u}) expect_finished(requests[good], true);
  expect_finished(requests[1], false);
  EXPECT_EQ(requests[1].code, TRITONSERVER_ERROR_INVALID_ARG);
  for (const size_t far : {3u, 4u}) {
    expect_finished(requests[far], false);
    EXPECT_NE(requests[far].error.find("lies in memory of GPU 99, which this server's backend cannot use (CUDA device 99"),
              std::string::npos)
        << requests[far].error;
  }
}

TEST(TritonWithoutGpu, MemoryOfTheCpuNeedsNoCopies) { EXPECT_THROW(static_cast<void>(DeviceMemory(Device{})), UsageError); }

TEST(TritonWithoutGpu, MemoryOfAGpuIsRefused) {
  if (device_under_test().kind == Device::cuda) GTEST_SKIP() << "for builds without CUDA";
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  auto requests = three(served);
  requests[0].inputs[0].memory = TRITONSERVER_MEMORY_GPU;
  requests[1].output_memory = TRITONSERVER_MEMORY_GPU, requests[1].output_device = 1;
  ASSERT_EQ(execute(served.add_instance(), requests), "");
  const char* words[] = {
      "the input \"input_layer\" lies in memory of GPU 0, which this server's backend cannot use (cuda:0 was asked for, but",
      "the room for the output \"softmax\" lies in memory of GPU 1, which this server's backend cannot use ("};
  for (size_t i = 0; i < 2; ++i) {
    expect_finished(requests[i], false);
    EXPECT_EQ(requests[i].code, TRITONSERVER_ERROR_INVALID_ARG);
    EXPECT_EQ(requests[i].error.substr(0, std::strlen(words[i])), words[i]);
  }
  expect_finished(requests[2], true);
}

}  // namespace
}  // namespace keraunos::triton
