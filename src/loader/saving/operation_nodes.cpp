#include "loader/saving/operation_nodes.h"

#include <algorithm>
#include <array>

#include "loader/ops/operation.h"
#include "loader/ops/table.h"
#include "loader/saving/keras2_values.h"

namespace keraunos::loader {
namespace {

struct Module {
  std::string_view name;
  std::vector<std::string_view> classes;
};

// For Keras 3.15; operations that are not listed belong to keras.src.ops.numpy. tests/saving/with_keras.py lets real Keras read
// them.
const std::array<Module, 6>& modules() {
  static const std::array<Module, 6> all{{
      {"nn",
       {"AdaptiveAveragePool",
        "AdaptiveMaxPool",
        "AveragePool",
        "BatchNorm",
        "BinaryCrossentropy",
        "CTCDecode",
        "CTCLoss",
        "CategoricalCrossentropy",
        "Celu",
        "Conv",
        "ConvTranspose",
        "DepthToSpace",
        "DepthwiseConv",
        "DotProductAttention",
        "Elu",
        "Fold",
        "Gelu",
        "Glu",
        "HardShrink",
        "HardSigmoid",
        "HardSilu",
        "HardTanh",
        "LayerNorm",
        "LeakyRelu",
        "LogSigmoid",
        "LogSoftmax",
        "MaxPool",
        "Moments",
        "MultiHot",
        "Normalize",
        "OneHot",
        "PSNR",
        "RMSNorm",
        "Relu",
        "Relu6",
        "Selu",
        "SeparableConv",
        "Sigmoid",
        "Silu",
        "SoftShrink",
        "Softmax",
        "Softplus",
        "Softsign",
        "SpaceToDepth",
        "SparseCategoricalCrossentropy",
        "SparsePlus",
        "SparseSigmoid",
        "Sparsemax",
        "Squareplus",
        "TanhShrink",
        "Threshold",
        "Unfold"}},
      {"math", {"CDist", "Erf",   "Erfc",       "Erfinv",     "ExtractSequences", "FFT",        "FFT2",
                "IFFT2", "IRFFT", "ISTFT",      "InTopK",     "Logdet",           "Logsumexp",  "RFFT",
                "Rsqrt", "STFT",  "SegmentMax", "SegmentMin", "SegmentProd",      "SegmentSum", "TopK"}},
      {"core",
       {"Cast", "ConvertToTensor", "Map", "SaturateCast", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate", "StopGradient",
        "Unstack", "VectorizedMap"}},
      {"image",
       {"AffineTransform", "CropImages", "ExtractPatches", "GaussianBlur", "HSVToRGB", "MapCoordinates", "PadImages",
        "PerspectiveTransform", "RGBToGrayscale", "RGBToHSV", "Resize", "SSIM", "ScaleAndTranslate", "SobelEdges"}},
      {"linalg",
       {"Cholesky", "CholeskyInverse", "Det", "Eigh", "Inv", "Lstsq", "LuFactor", "MatrixRank", "Norm", "Pinv", "Qr", "SVD",
        "Solve", "SolveTriangular"}},
      {"einops", {"Rearrange"}},
  }};
  return all;
}

// The argument at the parameter's position, or by one of its names; null where it is absent or None.
const Arg* given(const Call& call, size_t place, const std::vector<std::string_view>& names) {
  const Arg* found = place < call.arguments.size() ? &call.arguments[place] : nullptr;
  for (const Arg::Member& keyword : call.keywords) {
    if (std::find(names.begin(), names.end(), keyword.name) != names.end()) found = &keyword.value;
  }
  return found == nullptr || found->is_none() ? nullptr : found;
}

// Parameters of TensorFlow's functions that those of keras.ops lack.
bool is_of_tensorflow_alone(std::string_view parameter) {
  constexpr std::array<std::string_view, 5> kNames{"transpose_a", "transpose_b", "adjoint_a", "adjoint_b", "full_matrices"};
  return std::find(kNames.begin(), kNames.end(), parameter) != kNames.end();
}

bool changes_nothing(const Arg& argument) {
  const bool* flag = std::get_if<bool>(&argument.value);
  return flag != nullptr && !*flag;
}

bool has_tensors(const Arg& argument) {
  if (argument.tensor() != nullptr) return true;
  const Arg::List* list = argument.list();
  return list != nullptr && std::any_of(list->begin(), list->end(), has_tensors);
}

}  // namespace

std::string module_of_operation(std::string_view class_name) {
  std::string_view module = "numpy";
  for (const Module& one : modules()) {
    if (std::find(one.classes.begin(), one.classes.end(), class_name) != one.classes.end()) module = one.name;
  }
  return "keras.src.ops." + std::string(module);
}

OperationNode operation_node(const LayerInstance& layer, const Call& call) {
  const files::Json* name = layer.config->find("function");
  const std::string function = name != nullptr && name->is_string() ? name->as_string() : std::string();
  const Operation* operation = find_function(function);
  if (operation == nullptr || operation->keras.empty() || operation->positional == Operation::kVariadic)
    throw ConversionError{"calls tf." + function + ", which keras.ops has no counterpart of"};
  OperationNode node{operation->keras.front(), {}, {}, {}};
  bool in_order = true;
  for (size_t i = 0; i < operation->parameters.size(); ++i) {
    const std::vector<std::string_view> names = alternatives(operation->parameters[i]);
    const std::string own(names.front());
    const Arg* argument = given(call, i, names);
    if (argument != nullptr && is_of_tensorflow_alone(own)) {
      if (changes_nothing(*argument)) continue;
      throw ConversionError{"calls tf." + function + " with \"" + own + "\", which keras.ops does not have"};
    }
    const bool of_call = i < operation->positional;
    in_order = in_order && of_call && argument != nullptr;
    if (argument == nullptr) continue;
    if (in_order)
      node.arguments.push_back(*argument);
    else if (of_call)
      node.keywords.push_back({own, *argument});
    else if (has_tensors(*argument))
      throw ConversionError{"calls tf." + function + " with a tensor as \"" + own + "\", which keras.ops takes as a number"};
    else
      node.config.emplace_back(own, *argument);
  }
  const bool is_stated =
      std::any_of(node.config.begin(), node.config.end(), [](const auto& key) { return key.first == "approximate"; });
  if (node.class_name == "Gelu" && !is_stated) node.config.emplace_back("approximate", Arg{false});  // Keras's default is true
  return node;
}

}  // namespace keraunos::loader
