// Class names that belong to the syntax of Keras's files: models, their inputs, Python code, calls of TensorFlow. No other file
// of this folder names a class; properties of a layer class are in its definition (LayerDef, LayerTraits).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace keraunos::loader {

/// Classes of a network; Keras 2.0 to 2.2 wrote "Model" for Functional.
inline constexpr std::string_view kSequential = "Sequential", kFunctional = "Functional", kModel = "Model";
inline bool is_network_class(std::string_view name) { return name == kSequential || name == kFunctional || name == kModel; }

inline constexpr std::string_view kInputLayer = "InputLayer";
/// A layer of Python code, which is never executed.
inline constexpr std::string_view kLambda = "Lambda";
/// Keras 1's merging layers were one class with a mode argument.
inline constexpr std::string_view kMerge = "Merge";

/// The name of the class in Keras's code, in summary() and in the groups of archives: for one class of Keras 3.15 it differs from
/// the name in files.
inline std::string_view name_in_code(std::string_view class_name) {
  return class_name == "GroupQueryAttention" ? "GroupedQueryAttention" : class_name;
}

/// Keras 2's layers that stand for Model.add_loss and add_metric.
inline constexpr std::string_view kAddLoss = "AddLoss", kAddMetric = "AddMetric";

/// A node of a TensorFlow graph saved as a layer (TensorFlow 2.0 to 2.3).
inline constexpr std::string_view kNodeLayer = "TensorFlowOpLayer";

/// Layers that stand for calls of TensorFlow. Their nodes hold the first argument unchanged.
inline bool is_operation_layer(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod",
                                                   "InstanceProperty"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace keraunos::loader
