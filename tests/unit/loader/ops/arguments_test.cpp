// Arguments that a file gives to an operation are read, or refused by name.
#include "loader/keras/keras_model.h"
#include "loader/ops/operation.h"
#include "unit/loader/keras/build_graph.h"

namespace keraunos::loader {
namespace {

std::string operation(const std::string& class_name, const std::string& module, const std::string& config,
                      const std::string& nodes) {
  const std::string from = module.empty() ? "" : R"("module": ")" + module + R"(", )";
  return R"({"class_name": ")" + class_name + R"(", )" + from + R"("name": "f", "config": {"name": "f", )" + config +
         R"(}, "inbound_nodes": )" + nodes + "}";
}

// x (None, 4) of float32, then tf.`function`(x, keywords…).
void load_tensorflow(const std::string& function, const std::string& keywords) {
  const std::string op = operation("TFOpLambda", "", R"("function": ")" + function + '"', R"([["x", 0, 0, {)" + keywords + "}]]");
  const auto graph =
      graph_of(functional("model", input("x", "[null, 4]") + ", " + op, R"([["x", 0, 0]])", R"([["f", 0, 0]])"), "2.15.0");
  KerasModel(graph, {});
}

// x, then keras.ops.`class_name`(config)(x, arguments…).
void load_keras(const std::string& class_name, const std::string& config, const std::string& arguments,
                const std::string& keywords) {
  const std::string x =
      R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 4], "dtype": "float32", "keras_history": ["x", 0, 0]}})";
  const std::string node = R"([{"args": [)" + x + arguments + R"(], "kwargs": {)" + keywords + "}}]";
  const std::string op = operation(class_name, "keras.src.ops.numpy", config, node);
  const auto graph =
      graph_of(functional("model", input("x", "[null, 4]") + ", " + op, R"([["x", 0, 0]])", R"([["f", 0, 0]])"), "3.15.0");
  KerasModel(graph, {});
}

using Refused = UnsupportedError;

TEST(OperationArguments, TensorFlowsAreReadOrRefused) {
  EXPECT_NO_THROW(load_tensorflow("nn.silu", R"("beta": 2.0)"));
  EXPECT_NO_THROW(load_tensorflow("nn.silu", R"("name": "anything")"));
  expect_error<Refused>([] { load_tensorflow("nn.silu", R"("gamma": 2.0)"); }, R"(tf.nn.silu the argument "gamma" = 2.0)");
  EXPECT_NO_THROW(load_tensorflow("zeros_like", R"("layout": null)"));
  expect_error<Refused>([] { load_tensorflow("zeros_like", R"("layout": "x")"); },
                        R"(tf.zeros_like the argument "layout" = 'x', which is not supported; expected None)");
  expect_error<Refused>([] { load_tensorflow("math.reduce_sum", R"("axis": 1, "keepdims": "yes")"); },
                        R"(True or False for "keepdims")");
}

TEST(OperationArguments, ThoseOfKerasAreReadOrRefused) {
  EXPECT_NO_THROW(load_keras("Max", R"("axis": 1, "initial": 2.0)", "", ""));
  expect_error<Refused>([] { load_keras("Max", R"("axis": 1)", ", 1, 2", ""); }, "keras.ops.Max 3 arguments; it takes 1");
  expect_error<Refused>([] { load_keras("Max", R"("axis": 1)", "", R"("where": true)"); },
                        R"(keras.ops.Max the argument "where" = True)");
  EXPECT_NO_THROW(load_keras("Moments", R"("axes": [1], "synchronized": false)", "", ""));
  expect_error<Refused>([] { load_keras("Moments", R"("axes": [1], "synchronized": true)", "", ""); },
                        R"("synchronized" = True, which is not supported; expected False)");
}

TEST(OperationArguments, Promotion) {
  EXPECT_EQ(promoted(DType::uint8, DType::int8), DType::int16);
  EXPECT_EQ(promoted(DType::uint32, DType::int32), DType::int64);
  EXPECT_EQ(promoted(DType::uint64, DType::int8), DType::float32);
  EXPECT_EQ(promoted(DType::int64, DType::float16), DType::float16);
  EXPECT_EQ(promoted(DType::float16, DType::bfloat16), DType::float32);
  EXPECT_EQ(promoted(DType::boolean, DType::uint8), DType::uint8);
}

}  // namespace
}  // namespace keraunos::loader
