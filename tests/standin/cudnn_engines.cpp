// The graphs with engines were found by asking the real library with a description of an H200
// (tests/unit/kernels/cuda/cudnn_rung5_test.cpp repeats the questions). Compiled ahead of time: a convolution alone, or with a
// bias, before which a residual may be added and after which relu, tanh, sigmoid or elu may follow; the last three, and depthwise
// convolutions, only on the generic engine 0. All other graphs use the engine that compiles at run time.
#include "standin/cudnn_engines.h"

#include <algorithm>

namespace standin {
namespace {

const EngineKind& compiler() {
  static const EngineKind kind{5, 0, false, {CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION}, {CUDNN_NUMERICAL_NOTE_TENSOR_CORE}};
  return kind;
}
const EngineKind& tensor_cores() {
  static const EngineKind kind{67, 131, true, {}, {CUDNN_NUMERICAL_NOTE_TENSOR_CORE}};
  return kind;
}
const EngineKind& plain() {
  static const EngineKind kind{70, 4099, false, {}, {}};
  return kind;
}
const EngineKind& generic() {
  static const EngineKind kind{0, 0, false, {}, {CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP}};
  return kind;
}

bool is_full(const TensorState& tensor, const Chain& chain) { return tensor.dims == chain.y.dims; }

bool is_bias(const TensorState& tensor, const Chain& chain) {
  for (size_t axis = 0; axis < tensor.dims.size(); ++axis) {
    if (tensor.dims[axis] != (axis == 1 ? chain.y.dims[1] : 1)) return false;
  }
  return true;
}

/// True if the last step of a precompiled chain is an activation, at position `at`.
bool ends_with_activation(const Chain& chain, size_t at) {
  if (at == chain.steps.size()) return true;
  if (at + 1 != chain.steps.size()) return false;
  const PointwiseState& last = chain.steps[at];
  switch (last.mode) {
    case CUDNN_POINTWISE_RELU_FWD: return last.lower == 0 && last.slope == 0 && !last.clipped_above;
    case CUDNN_POINTWISE_TANH_FWD:
    case CUDNN_POINTWISE_SIGMOID_FWD:
    case CUDNN_POINTWISE_ELU_FWD: return true;
    default: return false;
  }
}

bool adds(const Chain& chain, size_t at, bool (*shape)(const TensorState&, const Chain&)) {
  return at < chain.steps.size() && chain.steps[at].mode == CUDNN_POINTWISE_ADD && shape(chain.steps[at].b, chain);
}

/// True for a convolution alone, or with [residual,] bias [, activation]. With a single output position a residual has the shape
/// of a bias.
bool is_precompiled(const Chain& chain) {
  if (chain.steps.empty()) return true;
  if (adds(chain, 0, is_full) && adds(chain, 1, is_bias)) return ends_with_activation(chain, 2);
  return adds(chain, 0, is_bias) && ends_with_activation(chain, 1);
}

bool needs_generic(const Chain& chain) {
  const bool other_activation = std::ranges::any_of(chain.steps, [](const PointwiseState& step) {
    return step.mode != CUDNN_POINTWISE_ADD && step.mode != CUDNN_POINTWISE_RELU_FWD;
  });
  return other_activation || (chain.groups > 1 && chain.groups == chain.x.dims[1]);
}

bool same_types(const Chain& chain) {
  const Number type = chain.x.type;
  if (type != Number::float32 && type != Number::float16 && type != Number::bfloat16) return false;
  if (chain.w.type != type || chain.result().type != type) return false;
  return std::ranges::all_of(chain.steps, [&](const PointwiseState& step) { return !step.has_b || step.b.type == type; });
}

}  // namespace

std::vector<const EngineKind*> engines_for(const Chain& chain) {
  if (!same_types(chain)) return {};
  if (!is_precompiled(chain)) return {&compiler()};
  if (needs_generic(chain)) return {&generic()};
  return {&compiler(), &tensor_cores(), &plain(), &generic()};
}

}  // namespace standin
