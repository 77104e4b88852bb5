// Requests: computed together, answered one by one.
#include <thread>

#include "triton/served.h"

namespace keraunos::triton {
namespace {

std::vector<TRITONBACKEND_Request> requests_of(const Served& served, std::initializer_list<int64_t> rows, size_t pieces = 1) {
  std::vector<TRITONBACKEND_Request> requests;
  int64_t first = 0;
  for (const int64_t count : rows) {
    requests.push_back(served.request(first, count, pieces));
    first += count;
  }
  return requests;
}

TEST(TritonExecute, RequestsAreComputedTogether) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  auto requests = requests_of(served, {1, 3, 2});
  ASSERT_EQ(execute(instance, requests), "");
  expect_results(requests[0], served.expected(0, 1));
  expect_results(requests[1], served.expected(1, 3));
  expect_results(requests[2], served.expected(4, 2));
  ASSERT_EQ(instance.batches.size(), 1u);
  EXPECT_EQ(instance.batches[0].rows, 6u);
  EXPECT_TRUE(instance.batches[0].ordered);
  EXPECT_EQ(instance.succeeded, 3);
}

TEST(TritonExecute, BuffersInPieces) {
  for (const char* name : {"doc_example_k3", "text_classify_k3", "ages_heads_k3_12", "string_lookup_inverse_k3"}) {
    Served served(name);
    ASSERT_EQ(served.initialise(), "");
    TRITONBACKEND_ModelInstance& instance = served.add_instance();
    for (const size_t pieces : {1u, 3u}) {
      auto requests = requests_of(served, {1, 2}, pieces);
      ASSERT_EQ(execute(instance, requests), "");
      expect_results(requests[0], served.expected(0, 1));
      expect_results(requests[1], served.expected(1, 2));
    }
  }
}

TEST(TritonExecute, RowsThatMeetAreComputedOneByOne) {
  Served served("topology_rows_mix_k3", R"({"max_batch_size": 64})");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  auto requests = requests_of(served, {2, 3});
  ASSERT_EQ(execute(instance, requests), "");
  expect_results(requests[0], served.expected(0, 2));
  expect_results(requests[1], served.expected(2, 3));
  EXPECT_EQ(instance.batches.size(), 2u);
}

TEST(TritonExecute, LengthsThatDifferAreGrouped) {
  Served served("dense_free_length_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  const int64_t width = *served.expected_model.inputs()[0].shape.back();
  const std::vector<float> numbers(static_cast<size_t>(4 * 9 * width), 0.25f);
  const std::string name = served.expected_model.inputs()[0].name;
  std::vector<TRITONBACKEND_Request> requests(4);
  const Dims dims[] = {{1, 5, width}, {2, 9, width}, {3, 5, width}, {1, 9, width}};
  for (size_t i = 0; i < 4; ++i) requests[i].inputs.push_back(input_of(name, {numbers.data(), DType::float32, dims[i]}));
  ASSERT_EQ(execute(instance, requests), "");
  for (size_t i = 0; i < 4; ++i)
    expect_results(requests[i], served.expected_model.predict({{name, {numbers.data(), DType::float32, dims[i]}}}));
  ASSERT_EQ(instance.batches.size(), 2u);
  EXPECT_EQ(instance.batches[0].rows, 4u);
  EXPECT_EQ(instance.batches[1].rows, 3u);
}

TEST(TritonExecute, OnlyOutputsThatAreAskedFor) {
  Served served("ages_heads_k3_12");
  ASSERT_EQ(served.initialise(), "");
  const std::string last = served.expected_model.outputs().back().name;
  ASSERT_GT(served.expected_model.outputs().size(), 1u);
  auto requests = requests_of(served, {1, 1});
  requests[1].asked = {last};
  ASSERT_EQ(execute(served.add_instance(), requests), "");
  EXPECT_EQ(requests[0].outputs.size(), served.expected_model.outputs().size());
  ASSERT_EQ(requests[1].outputs.size(), 1u);
  EXPECT_TRUE(same(output(requests[1], last), served.expected(1, 1)[last].clone()));
}

TEST(TritonExecute, AFaultyRequestDoesNotSpoilTheOthers) {
  Served served("embedding_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  auto requests = requests_of(served, {1, 1, 1});
  std::vector<std::byte>& bytes = *requests[1].inputs[0].buffers[0];
  std::fill(bytes.begin(), bytes.end(), std::byte{0x4e});  // ids far outside the table
  ASSERT_EQ(execute(instance, requests), "");
  expect_results(requests[0], served.expected(0, 1));
  expect_results(requests[2], served.expected(2, 1));
  expect_finished(requests[1], false);
  EXPECT_EQ(requests[1].code, TRITONSERVER_ERROR_INVALID_ARG);
  EXPECT_EQ(instance.succeeded, 2);
  EXPECT_EQ(instance.failed, 1);
}

TEST(TritonExecute, EachFaultIsAnsweredToItsOwnRequest) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  std::vector<TRITONBACKEND_Request> requests;
  for (int i = 0; i < 7; ++i) requests.push_back(served.request(0, 1));
  requests[1].cancelled = true;
  requests[2].inputs[0].type = TRITONSERVER_TYPE_FP64;
  requests[3].inputs[0].shape = {1, 4};
  requests[4].inputs[0].name = "other";
  requests[5].refuses_output = true;
  requests[6].inputs[0].shape = {1, 1, 3};
  ASSERT_EQ(execute(instance, requests), "");
  expect_results(requests[0], served.expected(0, 1));
  const char* messages[] = {
      "",
      "the request was cancelled before it was computed",
      "the input \"input_layer\" is of FP64, expected FP32",
      "the input \"input_layer\" has 12 bytes, its shape (1, 4) has 16",
      "the request has no input \"input_layer\"; expected (None, 3) float32",
      "TRITONBACKEND_OutputBuffer: no memory for outputs",
      "input \"input_layer\" expects (None, 3) float32, found (1, 1, 3)",
  };
  for (size_t i = 1; i < requests.size(); ++i) {
    expect_finished(requests[i], false);
    EXPECT_EQ(requests[i].error.substr(0, std::strlen(messages[i])), messages[i]);
  }
  EXPECT_EQ(requests[1].code, TRITONSERVER_ERROR_CANCELLED);
}

TEST(TritonExecute, DamagedTextsAreRefused) {
  Served served("text_classify_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance& instance = served.add_instance();
  auto requests = requests_of(served, {1, 1, 1});
  (*requests[0].inputs[0].buffers[0])[3] = std::byte{0x7f};  // the length
  requests[1].inputs[0].buffers[0]->resize(3);
  requests[2].inputs[0].shape[0] = 2;
  ASSERT_EQ(execute(instance, requests), "");
  for (const TRITONBACKEND_Request& request : requests) expect_finished(request, false);
  EXPECT_NE(requests[0].error.find("ends inside element 0"), std::string::npos) << requests[0].error;
  EXPECT_NE(requests[1].error.find("ends inside element 0"), std::string::npos) << requests[1].error;
  EXPECT_NE(requests[2].error.find("holds 1 texts"), std::string::npos) << requests[2].error;
}

TEST(TritonExecute, WithoutResponsesRequestsStayTheServers) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  auto requests = requests_of(served, {1, 1});
  requests[1].refuses_response = true;
  EXPECT_EQ(execute(served.add_instance(), requests), "TRITONBACKEND_ResponseNew: no response");
  for (const TRITONBACKEND_Request& request : requests) EXPECT_EQ(request.responses + request.releases + request.reports, 0);
}

TEST(TritonExecute, InstancesRunAtOnce) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  std::vector<TRITONBACKEND_ModelInstance*> instances;
  for (int i = 0; i < 4; ++i) instances.push_back(&served.add_instance());
  const Named expected[] = {served.expected(0, 2), served.expected(2, 1)};
  std::vector<std::thread> threads;
  for (TRITONBACKEND_ModelInstance* instance : instances) {
    threads.emplace_back([&served, &expected, instance] {
      for (int turn = 0; turn < 20; ++turn) {
        auto requests = requests_of(served, {2, 1});
        ASSERT_EQ(execute(*instance, requests), "");
        for (size_t i = 0; i < 2; ++i) expect_results(requests[i], expected[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const TRITONBACKEND_ModelInstance* instance : instances) {
    EXPECT_EQ(instance->succeeded, 40);
    EXPECT_EQ(instance->batches.size(), 20u);
  }
}

}  // namespace
}  // namespace keraunos::triton
