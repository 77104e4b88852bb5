// Finalising: checks the required attributes of each kind of descriptor, and computes what follows from them.
#include <algorithm>

#include "standin/cudnn_engines.h"
#include "standin/cudnn_handle.h"

namespace standin {
namespace {

bool has_all(const Record& record, std::initializer_list<cudnnBackendAttributeName_t> names) {
  return std::ranges::all_of(names, [&](cudnnBackendAttributeName_t name) { return record.has(name); });
}

cudnnStatus_t incomplete(const char* what) { return refuse(CUDNN_STATUS_BAD_PARAM, std::string(what) + " lacks an attribute"); }

cudnnStatus_t finalize_tensor(Record& record) {
  TensorState tensor;
  return read_tensor(record, tensor);
}

cudnnStatus_t finalize_window(Record& record) {
  if (!has_all(record,
               {CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS})) {
    return incomplete("a convolution's window");
  }
  const auto count = static_cast<size_t>(record.value<int64_t>(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 0));
  const std::pair<cudnnBackendAttributeName_t, int64_t> least[] = {{CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, 1},
                                                                   {CUDNN_ATTR_CONVOLUTION_DILATIONS, 1},
                                                                   {CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 0},
                                                                   {CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 0}};
  for (const auto& [name, smallest] : least) {
    const auto values = record.values<int64_t>(name);
    if (values.size() != count) return refuse(CUDNN_STATUS_BAD_PARAM, "a window has too few or too many numbers");
    if (std::ranges::any_of(values, [&](int64_t value) { return value < smallest; })) {
      return refuse(CUDNN_STATUS_BAD_PARAM, "a window has a stride or dilation below 1 or a negative padding");
    }
  }
  if (record.value<int>(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, -1) != CUDNN_DATA_FLOAT) {
    return refuse(CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE, "the stand-in accumulates convolutions in float32");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize_function(Record& record) {
  if (!has_all(record, {CUDNN_ATTR_POINTWISE_MODE, CUDNN_ATTR_POINTWISE_MATH_PREC})) return incomplete("a pointwise function");
  switch (record.value<int>(CUDNN_ATTR_POINTWISE_MODE, -1)) {
    case CUDNN_POINTWISE_ADD:
    case CUDNN_POINTWISE_MUL:
    case CUDNN_POINTWISE_IDENTITY:
    case CUDNN_POINTWISE_RELU_FWD:
    case CUDNN_POINTWISE_TANH_FWD:
    case CUDNN_POINTWISE_SIGMOID_FWD:
    case CUDNN_POINTWISE_ELU_FWD:
    case CUDNN_POINTWISE_SWISH_FWD: return CUDNN_STATUS_SUCCESS;
    default: return refuse(CUDNN_STATUS_NOT_SUPPORTED, "the stand-in lacks this pointwise function");
  }
}

cudnnStatus_t finalize_pointwise(Record& record) {
  if (!has_all(record, {CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, CUDNN_ATTR_OPERATION_POINTWISE_XDESC,
                        CUDNN_ATTR_OPERATION_POINTWISE_YDESC})) {
    return incomplete("a pointwise operation");
  }
  const auto function = record.link(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
  const auto mode = static_cast<cudnnPointwiseMode_t>(function->value<int>(CUDNN_ATTR_POINTWISE_MODE, 0));
  if (is_binary(mode) != record.has(CUDNN_ATTR_OPERATION_POINTWISE_BDESC)) {
    return refuse(CUDNN_STATUS_BAD_PARAM, "a pointwise operation has too few or too many operands");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize_graph(Record& record) {
  Chain chain;
  const auto status = read_chain(record, chain);
  if (status == CUDNN_STATUS_SUCCESS) record.chain = std::make_shared<const Chain>(std::move(chain));
  return status;
}

/// The graph of an engine or heuristic.
cudnnStatus_t adopt_graph(Record& record, cudnnBackendAttributeName_t name) {
  const auto graph = record.link(name);
  if (!graph || graph->type != CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) return incomplete("a descriptor over a graph");
  if (!graph->finalized) return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "the graph is not finalised");
  record.chain = graph->chain;
  return CUDNN_STATUS_SUCCESS;
}

RecordPointer made(cudnnBackendDescriptorType_t type, const std::shared_ptr<const Chain>& chain, const EngineKind* engine) {
  return std::make_shared<Record>(Record{.type = type, .finalized = true, .chain = chain, .engine = engine});
}

/// A configuration of an engine, as the heuristic returns it: finalised, with its engine as an attribute.
RecordPointer configuration(const std::shared_ptr<const Chain>& chain, const EngineKind* kind) {
  const RecordPointer config = made(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, chain, kind);
  config->attributes.insert_or_assign(CUDNN_ATTR_ENGINECFG_ENGINE,
                                      Attribute{.type = CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                                .count = 1,
                                                .bytes = {},
                                                .links = {made(CUDNN_BACKEND_ENGINE_DESCRIPTOR, chain, kind)}});
  return config;
}

/// A graph without engines is no error: the ranking is empty.
cudnnStatus_t finalize_heuristics(Record& record) {
  if (!record.has(CUDNN_ATTR_ENGINEHEUR_MODE)) return incomplete("a heuristic");
  if (const auto status = adopt_graph(record, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH); status != CUDNN_STATUS_SUCCESS)
    return status;
  for (const EngineKind* kind : engines_for(*record.chain)) record.ranking.push_back(configuration(record.chain, kind));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize_engine(Record& record) {
  if (const auto status = adopt_graph(record, CUDNN_ATTR_ENGINE_OPERATION_GRAPH); status != CUDNN_STATUS_SUCCESS) return status;
  const auto index = record.value<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, -1);
  const auto kinds = engines_for(*record.chain);
  const auto kind = std::ranges::find(kinds, index, &EngineKind::index);
  if (kind == kinds.end()) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "this engine does not take the graph");
  record.engine = *kind;
  return CUDNN_STATUS_SUCCESS;
}

/// A configuration of an engine, and a plan of a configuration: each takes over the state of the linked record.
cudnnStatus_t adopt(Record& record, cudnnBackendAttributeName_t name) {
  const auto from = record.link(name);
  if (!from) return incomplete("an engine configuration or plan");
  if (!from->finalized || from->engine == nullptr)
    return refuse(CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED, "assert_finalized == true");
  record.chain = from->chain;
  record.engine = from->engine;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize_plan(Record& record) {
  if (record.has(CUDNN_ATTR_EXECUTION_PLAN_HANDLE)) {
    record.made_with = state_of(record.value<cudnnHandle_t>(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, nullptr));
    if (!record.made_with) return refuse(CUDNN_STATUS_BAD_PARAM, "the handle is not alive");
    if (!has_living_stream(*record.made_with))
      return refuse(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, "the stream that the handle has is gone");
  } else if (!record.has(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP)) {
    return incomplete("a plan");
  }
  return adopt(record, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
}

cudnnStatus_t finalize_pack(Record& record) {
  const auto ids = record.values<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = record.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  if (ids.empty() || ids.size() != pointers.size())
    return refuse(CUDNN_STATUS_BAD_PARAM, "a pack has more or fewer ids than addresses");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (std::count(ids.begin(), ids.end(), ids[i]) > 1)
      return refuse(CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES, "a pack names a tensor twice");
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t make(Record& record) {
  switch (record.type) {
    case CUDNN_BACKEND_TENSOR_DESCRIPTOR: return finalize_tensor(record);
    case CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR: return finalize_window(record);
    case CUDNN_BACKEND_POINTWISE_DESCRIPTOR: return finalize_function(record);
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR: return check_convolution(record);
    case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR: return finalize_pointwise(record);
    case CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR: return finalize_graph(record);
    case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR: return finalize_heuristics(record);
    case CUDNN_BACKEND_ENGINE_DESCRIPTOR: return finalize_engine(record);
    case CUDNN_BACKEND_ENGINECFG_DESCRIPTOR: return adopt(record, CUDNN_ATTR_ENGINECFG_ENGINE);
    case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR: return finalize_plan(record);
    case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR: return finalize_pack(record);
    default: return CUDNN_STATUS_SUCCESS;
  }
}

}  // namespace

cudnnStatus_t finalize(Record& record) {
  if (record.finalized) return refuse(CUDNN_STATUS_BAD_PARAM, "the descriptor is finalised already");
  const auto status = make(record);
  record.finalized = status == CUDNN_STATUS_SUCCESS;
  return status;
}

}  // namespace standin
