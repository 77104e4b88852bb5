// Complex numbers that a model must not lose: where an operation, a layer or an output takes none, loading says so. What is
// computed from them is compared in the cases function_spectra, function_complex_numbers, composed_spectrum and signal_polar.
#include "loader/ops/complex_rules.h"

#include "loader/keras/keras_model.h"
#include "unit/loader/keras/build_graph.h"

namespace keraunos::loader {
namespace {

std::string layer(const std::string& class_name, const std::string& name, const std::string& config, const std::string& input,
                  const std::string& keywords = {}) {
  return R"({"class_name": ")" + class_name + R"(", "name": ")" + name + R"(", "config": {"name": ")" + name + R"(", )" + config +
         R"(}, "inbound_nodes": [[")" + input + R"(", 0, 0, {)" + keywords + "}]]}";
}

std::string function(const std::string& name, const std::string& function, const std::string& input,
                     const std::string& keywords = {}) {
  return layer("TFOpLambda", name, R"("function": ")" + function + '"', input, keywords);
}

// x (None, 4, 8) of float32, then the layers; the last is named y.
void load(const std::string& layers) {
  const std::string model =
      functional("model", input("x", "[null, 4, 8]") + ", " + layers, R"([["x", 0, 0]])", R"([["y", 0, 0]])");
  KerasModel(graph_of(model, "2.15.0"), {});
}

// The function, with its keywords, of the complex tensor z.
void load_after_transform(const std::string& name, const std::string& keywords = {}, const std::string& then = "math.real") {
  load(function("z", "signal.fft", "x") + ", " + function("w", name, "z", keywords) + ", " + function("y", then, "w"));
}

TEST(ComplexNumbers, AreRefusedAsAnOutput) {
  expect_error([] { load(function("y", "signal.fft", "x")); }, "a result of type complex64 or complex128 is not supported");
}

TEST(ComplexNumbers, AreRefusedByLayers) {
  const std::string softmax = layer("Softmax", "y", R"("axis": -1)", "z");
  expect_error([&] { load(function("z", "signal.fft", "x") + ", " + softmax); }, "supported for real ones only");
}

TEST(ComplexNumbers, AreRefusedByFunctionsWithoutARule) {
  expect_error([] { load_after_transform("math.log"); }, "gives tf.math.log complex numbers");
  expect_error([] { load_after_transform("math.maximum", R"("y": 1.0)"); }, "gives tf.math.maximum complex numbers");
}

TEST(ComplexNumbers, AreNotConjugatedByTheWay) {
  expect_error([] { load_after_transform("transpose", R"("perm": [0, 2, 1], "conjugate": true)"); }, "conjugate = True");
  EXPECT_NO_THROW(load_after_transform("transpose", R"("perm": [0, 2, 1], "conjugate": false)"));
  expect_error([] { load_after_transform("linalg.matmul", R"("b": ["z", 0, 0], "adjoint_b": true)"); }, "adjoint_b = True");
}

TEST(ComplexNumbers, OfNoSuchDtypeAreRefused) {
  expect_error([] { load(function("y", "zeros_like", "x", R"("dtype": "complex64")")); }, R"(the dtype "complex64")");
  EXPECT_NO_THROW(load_after_transform("cast", R"("dtype": "complex128")"));
}

TEST(ComplexNumbers, ArgumentsOfTransformsAreChecked) {
  const auto stft = [](const std::string& keywords) {
    return [keywords] { load(function("z", "signal.stft", "x", keywords) + ", " + function("y", "math.abs", "z")); };
  };
  EXPECT_NO_THROW(stft(R"("frame_length": 4, "frame_step": 2)")());
  expect_error(stft(R"("frame_length": 0, "frame_step": 2)"), "frame_length 0");
  expect_error(stft(R"("frame_length": 4, "frame_step": -1)"), "frame_step -1");
  expect_error(stft(R"("frame_length": 4, "frame_step": 2, "fft_length": 4611686018427387904)"), "fft_length");
  expect_error(stft(R"("frame_length": 4611686018427387904, "frame_step": 2)"), "frame_length");
  expect_error(stft(R"("frame_length": 9, "frame_step": 2)"), "takes windows of 9 elements");
  expect_error(stft(R"("frame_length": 4, "frame_step": 2, "window_fn": "kaiser_window")"), "kaiser_window");
  expect_error([] { load(function("y", "signal.dct", "x", R"("norm": "full")")); }, R"(the norm "full")");
  expect_error([] { load(function("y", "signal.dct", "x", R"("type": 3)")); }, "the type 3");
}

}  // namespace
}  // namespace keraunos::loader
