// SavedModels that are loaded from the function of a signature.
#include "loader/tf/function_model.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "altered.h"
#include "folders.h"
#include "graph_bytes.h"
#include "keraunos/error.h"
#include "keraunos/model.h"
#include "predict_once.h"
#include "sanitized.h"

namespace keraunos::loader {
namespace {

namespace fs = std::filesystem;

std::string refusal(const fs::path& model, const LoadOptions& options) {
  try {
    static_cast<void>(load_model(model, options));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

fs::path model_of_case(const char* name) { return cases_folder() / name / "model"; }

TEST(FunctionModel, SignaturesAreKnownByName) {
  const Model whole = load_model(model_of_case("function_module"), {});
  ASSERT_EQ(whole.outputs().size(), 2U);
  EXPECT_EQ(whole.outputs()[0].name, "hidden");
  EXPECT_EQ(whole.outputs()[1].name, "scores");
  EXPECT_FALSE(whole.inputs()[0].shape[0].has_value());
  EXPECT_FALSE(whole.outputs()[0].shape[0].has_value());
  const Model doubled = load_model(model_of_case("function_module"), {.signature = "doubled"});
  ASSERT_EQ(doubled.outputs().size(), 1U);
  EXPECT_EQ(doubled.outputs()[0].name, "y");
  EXPECT_NE(refusal(model_of_case("function_module"), {.signature = "tripled"}).find("it has \"doubled\", \"serving_default\""),
            std::string::npos);
}

TEST(FunctionModel, FunctionsOfObjectsAreKnownByName) {
  const fs::path step = model_of_case("function_object_step");
  const auto expect = [&](const char* signature, const char* text) {
    const std::string message = refusal(step, {.signature = signature});
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect("",
         "\"one_step:0\" (words string (None,), None, False), \"one_step:1\" (words string (None,), states float32 (None, 3)");
  expect("one_step", "choose one with LoadOptions::signature");
  expect("one_step:3", "has 3 traces; there is no trace 3");
  expect("one_step:2", "RandomUniform");
  expect("two_steps", "it has no signatures, and the functions \"one_step\"");
  expect("parts/rows", "has no signature \"parts/rows\"");
  const Model called = load_model(model_of_case("function_object_call"), {});
  EXPECT_EQ(called.layers()[0].name(), "__call__");
  EXPECT_EQ(called.outputs()[1].name, "output_1");
  EXPECT_EQ(called.weights().size(), 1U);
}

TEST(FunctionModel, OtherFormatsHaveNoSignatures) {
  EXPECT_THROW(static_cast<void>(load_model(cases_folder() / "doc_example_k3" / "model.keras", {.signature = "serving_default"})),
               UsageError);
}

// Compares the layers of Keras's metadata with the function that TensorFlow traced.
TEST(FunctionModel, AgreesWithTheLayers) {
  const fs::path model = model_of_case("doc_example_k2_tf_traced");
  const Model layers = load_model(model, {}), function = load_model(model, {.signature = "serving_default"});
  EXPECT_GT(layers.layers().size(), 1U);
  EXPECT_EQ(function.layers().size(), 1U);
  ASSERT_EQ(function.inputs()[0].name, layers.inputs()[0].name);
  std::vector<float> numbers(3 * static_cast<size_t>(layers.inputs()[0].shape.at(1).value()));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i % 7) - 3;
  const TensorView x(numbers, Dims{3, static_cast<int64_t>(numbers.size()) / 3});
  const Tensor a = layers.predict(x), b = function.predict(x);
  ASSERT_EQ(a.dims(), b.dims());
  for (size_t i = 0; i < a.values<float>().size(); ++i) EXPECT_NEAR(a.values<float>()[i], b.values<float>()[i], 1e-6);
}

// The layer of a replacement is looked up by its name, and weights belong to the function.
TEST(FunctionModel, OptionsThatItCannotFollowAreRefused) {
  EXPECT_NE(refusal(model_of_case("function_module"), {.weights = "other.h5"}).find("has its own variables"), std::string::npos);
  LoadOptions replaced;
  replaced.custom_objects.replace("dense_9", expression_layer("x * 2"));
  EXPECT_NE(refusal(model_of_case("function_module"), replaced).find("has none of that name; it has \"serving_default\""),
            std::string::npos);
  EXPECT_NE(refusal(cases_folder() / "doc_example_k3" / "model.keras", replaced).find("has none of that name; it has \""),
            std::string::npos);
}

// The function is used where a layer is a custom class; if it is refused too, the message covers both.
TEST(FunctionModel, StandsInForLayersThatAreRefused) {
  EXPECT_EQ(load_model(model_of_case("function_custom_layer"), {}).layers()[0].class_name(), "TensorFlowFunction");
}

// TensorFlow fails where assertions fail, and where the numbers are negative.
TEST(FunctionModel, ChecksWhatFunctionsAssert) {
  const Model model = load_model(model_of_case("function_category_encoding"), {});
  const std::vector<int64_t> inside{0, 4, 1}, outside{0, 5, 1};
  EXPECT_EQ(model.predict({inside, {1, 3}}).values<float>()[4], 1);
  try {
    model.predict({outside, {1, 3}});
    ADD_FAILURE() << "5 of 5 classes";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("Assert\" of the model does not hold"), std::string::npos) << error.what();
  }
  const Model strict = load_model(model_of_case("function_string_lookup_strict"), {});
  const std::vector<std::string> known{"quick", "fox"}, unknown{"quick", "dog"};
  EXPECT_EQ(strict.predict({known, {1, 2}}).values<int64_t>()[0], 1);
  EXPECT_THROW(strict.predict({unknown, {1, 2}}), DataError);
}

// Forty functions, each of which calls the next one twice: 2^40 nodes.
TEST(FunctionModel, CallsThatMultiplyAreRefused) {
  using graph_bytes::field, graph_bytes::function, graph_bytes::graph, graph_bytes::node;
  std::vector<std::string> functions{function("f40", "y:y:0", {node("y", "Neg", {"x"})})};
  for (int i = 0; i < 40; ++i) {
    const std::string next = "f" + std::to_string(i + 1);
    functions.push_back(
        function("f" + std::to_string(i), "b:output:0",
                 {node("a", "PartitionedCall", {"x"}, next), node("b", "PartitionedCall", {"a:output:0"}, next)}));
  }
  const std::string type_and_shape = std::string("\x10\x01") + field(3, "");  // a scalar of float32
  const auto port = [&](const char* key, const char* tensor) {
    return field(1, key) + field(2, field(1, tensor) + type_and_shape);
  };
  const std::string signature = field(1, port("x", "x:0")) + field(2, port("y", "y:0"));
  const std::string nodes = graph({node("x", "Placeholder", {}), node("y", "PartitionedCall", {"x"}, "f0")}, functions);
  const keraunos::Folder folder;
  std::ofstream(folder.path() / "saved_model.pb", std::ios::binary)
      << field(2, field(2, nodes) + field(5, field(1, "serving_default") + field(2, signature)));
  EXPECT_NE(refusal(folder.path(), {}).find("computes more than 200000 nodes"), std::string::npos) << refusal(folder.path(), {});
}

TEST(FunctionModel, BearsDamageAnywhere) {
  const keraunos::Folder folder;
  const LoadOptions options{.device = Device{}, .threads = 1, .max_bytes = uint64_t{64} << 20};
  for (const char* name :
       {"function_module", "function_branches", "function_session", "function_tables", "function_text_vectorization_pad",
        "function_loops", "function_lists", "function_counter", "function_session_control"}) {
    const fs::path model = folder.path() / name;
    fs::copy(model_of_case(name), model, fs::copy_options::recursive);
    const std::string whole = bytes_of_file(model / "saved_model.pb");
    const size_t step = std::max<size_t>(1, whole.size() / (kSanitized ? 50 : 700));
    for (size_t at = 0; at < whole.size(); at += step) {
      for (const int damage : {-1, 0x00, 0xff, 0x07}) {
        std::string text = damage < 0 ? whole.substr(0, at) : whole;
        if (damage >= 0) text[at] = static_cast<char>(text[at] ^ damage ^ 0x10);
        std::ofstream(model / "saved_model.pb", std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
        try {
          predict_once(load_model(model, options));
        } catch (const Error& error) {
          EXPECT_EQ(std::string_view(error.what()).find("internal error"), std::string_view::npos) << at << ": " << error.what();
        }
      }
    }
  }
}

}  // namespace
}  // namespace keraunos::loader
