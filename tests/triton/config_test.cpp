// What the backend makes of configurations.
#include <fstream>

#include "loader/files/json.h"
#include "triton/served.h"

namespace keraunos::triton {
namespace {

Json config(const Served& served) { return Json::parse(served.model.config, "the configuration"); }

TEST(TritonConfig, FollowsFromTheKerasFile) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  const Json made = config(served);
  EXPECT_EQ(made["max_batch_size"].as_int(), 1024);
  EXPECT_TRUE(made["dynamic_batching"].is_object());
  EXPECT_EQ(made["input"].dump(), R"([{"name":"input_layer","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[3]}])");
  EXPECT_EQ(made["output"].dump(), R"([{"name":"softmax","data_type":"TYPE_FP32","dims":[5]}])");
}

TEST(TritonConfig, TheServersCommandLineLimitsBatches) {
  Served served("doc_example_k3");
  served.backend.config.text = R"({"cmdline": {"max-batch-size": "16"}})";
  ASSERT_EQ(served.initialise(), "");
  EXPECT_EQ(config(served)["max_batch_size"].as_int(), 16);
  served.backend.config.text = R"({"cmdline": {"max_batch_size": "16"}})";
  EXPECT_EQ(text_of(TRITONBACKEND_Initialize(&served.backend)),
            "--backend-config=keraunos,max_batch_size: there is no such setting; there is max-batch-size");
}

TEST(TritonConfig, StringsAndAxesOfAnyLength) {
  Served words("text_classify_k3");
  ASSERT_EQ(words.initialise(), "");
  EXPECT_EQ(config(words)["input"][0]["data_type"].as_string(), "TYPE_STRING");
  Served free("dense_free_length_k3");
  ASSERT_EQ(free.initialise(), "");
  EXPECT_EQ(config(free)["input"][0]["dims"][0].as_int(), -1);
  EXPECT_GT(config(free)["max_batch_size"].as_int(), 0);
}

TEST(TritonConfig, OneValueInEachRow) {
  Served served("hashing_crossing_flat_k3");
  ASSERT_EQ(served.initialise(), "");
  for (const char* port : {"input", "output"}) {
    EXPECT_EQ(config(served)[port][0]["dims"].dump(), "[1]");
    EXPECT_EQ(config(served)[port][0]["reshape"].dump(), R"({"shape":[]})");
  }
}

TEST(TritonConfig, RowsThatMeetAndStatesAreNotBatched) {
  for (const char* name : {"topology_rows_mix_k3", "stateful_lstm_k3"}) {
    Served served(name);
    ASSERT_EQ(served.initialise(), "") << name;
    EXPECT_EQ(config(served)["max_batch_size"].as_int(), 0) << name;
    EXPECT_EQ(config(served).find("dynamic_batching"), nullptr) << name;
    EXPECT_EQ(config(served)["input"][0]["dims"].size(), static_cast<int64_t>(served.expected_model.inputs()[0].shape.size()));
  }
}

TEST(TritonConfig, WhatItSaysStays) {
  Served served("doc_example_k3", R"({"max_batch_size": 8, "output": [{"name": "softmax", "data_type": "TYPE_FP32", "dims": [5]}],
    "sequence_batching": {}, "parameters": {"threads": {"string_value": "1"}, "precision": {"string_value": "float32"}}})");
  ASSERT_EQ(served.initialise(), "");
  EXPECT_EQ(config(served)["max_batch_size"].as_int(), 8);
  EXPECT_EQ(config(served)["input"].size(), 1);
  EXPECT_EQ(config(served).find("dynamic_batching"), nullptr);
}

TEST(TritonConfig, WhatDoesNotFitIsRefusedInWords) {
  const std::pair<const char*, const char*> all[] = {
      {R"({"max_batch_size": 8, "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [3]}]})",
       R"(the configuration names the input "x", which the model does not have; it has "input_layer")"},
      {R"({"max_batch_size": 8, "input": [{"name": "input_layer", "data_type": "TYPE_INT8", "dims": [3]}]})",
       R"(the configuration's input "input_layer" is of TYPE_INT8, the model's of TYPE_FP32)"},
      {R"({"max_batch_size": 8, "input": [{"name": "input_layer", "data_type": "TYPE_FP32", "dims": ["4"]}]})",
       R"(the configuration's input "input_layer" has dims ["4"] for each row, the model's is (None, 3) float32)"},
      {R"({"parameters": {"gpu": {"string_value": "1"}}})",
       R"(there is no parameter "gpu"; there are precision, threads, safe_mode, signature)"},
      {R"({"parameters": {"threads": {"string_value": "many"}}})",
       R"(the parameter threads expects a whole number of at least 0, found "many")"},
      {R"({"parameters": {"precision": {"string_value": "fp16"}}})",
       R"(the parameter precision expects as_saved, float32, tf32, bfloat16 or float16, found "fp16")"},
  };
  for (const auto& [text, message] : all) {
    Served served("doc_example_k3", text);
    EXPECT_EQ(served.initialise(), message);
  }
}

TEST(TritonConfig, TheFileIsFoundOrNamed) {
  Served two("doc_example_k3");
  std::filesystem::copy(two.version_folder() / "model.keras", two.version_folder() / "other.keras");
  EXPECT_EQ(two.initialise(), two.version_folder().string() +
                                  " must hold one model (.keras, .h5, .hdf5 or a SavedModel folder), found model.keras, "
                                  "other.keras; name the file in default_model_filename");
  two.model.config = R"({"default_model_filename": "other.keras"})";
  EXPECT_EQ(two.initialise(), "");
  Served filled_in("doc_example_k3", R"({"default_model_filename": "model.keraunos"})");
  EXPECT_EQ(filled_in.initialise(), "");
  Served cut("doc_example_k3");
  std::filesystem::resize_file(cut.version_folder() / "model.keras", 5000);
  EXPECT_NE(cut.initialise(), "");
}

TEST(TritonConfig, AnOlderServerIsRefused) {
  Served served("doc_example_k3");
  served.backend.minor = 14;
  EXPECT_EQ(text_of(TRITONBACKEND_Initialize(&served.backend)),
            "the server has version 1.14 of the backend interface, expected 1.15 or a later one of 1");
  TRITONBACKEND_BackendAttribute attributes;
  EXPECT_EQ(text_of(TRITONBACKEND_GetBackendAttribute(&served.backend, &attributes)), "");
  const bool gpu = device_under_test().kind == Device::cuda;
  EXPECT_EQ(attributes.preferred, std::vector{gpu ? TRITONSERVER_INSTANCEGROUPKIND_GPU : TRITONSERVER_INSTANCEGROUPKIND_CPU});
}

TEST(TritonConfig, AnInstanceOnAnAbsentGpuFails) {
  Served served("doc_example_k3");
  ASSERT_EQ(served.initialise(), "");
  TRITONBACKEND_ModelInstance instance{.model = &served.model, .kind = TRITONSERVER_INSTANCEGROUPKIND_GPU, .device = 77};
  EXPECT_NE(text_of(TRITONBACKEND_ModelInstanceInitialize(&instance)), "");
  EXPECT_EQ(instance.state, nullptr);
}

}  // namespace
}  // namespace keraunos::triton
