// Sets and reads attributes. A table lists the attributes of each descriptor with their types; refusals have the codes that the
// real library (9.19) returned in the same cases.
#include "standin/cudnn_record.h"

#include <algorithm>
#include <array>

#include "standin/cudnn_engines.h"

namespace standin {
namespace {

enum Count : uint8_t { one, many };
enum Access : uint8_t { both, set_only, get_only };

struct Row {
  cudnnBackendDescriptorType_t owner;
  cudnnBackendAttributeName_t name;
  cudnnBackendAttributeType_t type;
  Count count = one;
  Access access = both;
};

constexpr auto kTensor = CUDNN_BACKEND_TENSOR_DESCRIPTOR;
constexpr auto kWindow = CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR;
constexpr auto kFunction = CUDNN_BACKEND_POINTWISE_DESCRIPTOR;
constexpr auto kConvolve = CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR;
constexpr auto kApply = CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR;
constexpr auto kGraph = CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR;
constexpr auto kHeuristics = CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR;
constexpr auto kEngine = CUDNN_BACKEND_ENGINE_DESCRIPTOR;
constexpr auto kConfig = CUDNN_BACKEND_ENGINECFG_DESCRIPTOR;
constexpr auto kPlan = CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR;
constexpr auto kPack = CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR;
constexpr auto kDevice = CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR;
constexpr auto kLink = CUDNN_TYPE_BACKEND_DESCRIPTOR;

constexpr std::array kRows{
    Row{kTensor, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64},
    Row{kTensor, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE},
    Row{kTensor, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, many},
    Row{kTensor, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, many},
    Row{kTensor, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64},
    Row{kTensor, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, many},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, many},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, many},
    Row{kWindow, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, many},
    Row{kFunction, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP, CUDNN_TYPE_DOUBLE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, CUDNN_TYPE_DOUBLE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, CUDNN_TYPE_DOUBLE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_ELU_ALPHA, CUDNN_TYPE_DOUBLE},
    Row{kFunction, CUDNN_ATTR_POINTWISE_SWISH_BETA, CUDNN_TYPE_DOUBLE},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, kLink},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, kLink},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, kLink},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, kLink},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_DOUBLE},
    Row{kConvolve, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_DOUBLE},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, kLink},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, kLink},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, kLink},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, kLink},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA1, CUDNN_TYPE_DOUBLE},
    Row{kApply, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA2, CUDNN_TYPE_DOUBLE},
    Row{kGraph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE},
    Row{kGraph, CUDNN_ATTR_OPERATIONGRAPH_OPS, kLink, many},
    Row{kGraph, CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT, CUDNN_TYPE_INT64, one, get_only},
    Row{kHeuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, kLink},
    Row{kHeuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE},
    Row{kHeuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, kLink},
    Row{kHeuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS, kLink, many, get_only},
    Row{kEngine, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, kLink},
    Row{kEngine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64},
    Row{kEngine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, many, get_only},
    Row{kEngine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, many, get_only},
    Row{kConfig, CUDNN_ATTR_ENGINECFG_ENGINE, kLink},
    Row{kPlan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE},
    Row{kPlan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, kLink},
    Row{kPlan, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, kLink},
    Row{kPlan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, one, get_only},
    Row{kPack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, many},
    Row{kPack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, many},
    Row{kPack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR},
    Row{kDevice, CUDNN_ATTR_DEVICEPROP_DEVICE_ID, CUDNN_TYPE_INT32},
    Row{kDevice, CUDNN_ATTR_DEVICEPROP_HANDLE, CUDNN_TYPE_HANDLE},
    Row{kDevice, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, many},
};

const Row* find(cudnnBackendDescriptorType_t owner, cudnnBackendAttributeName_t name) {
  const auto row = std::ranges::find_if(kRows, [&](const Row& r) { return r.owner == owner && r.name == name; });
  return row == kRows.end() ? nullptr : row;
}

size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR: return 8;
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR: return 1;
    default: return 4;
  }
}

bool matches(const Row& row, cudnnBackendAttributeType_t type) {
  return row.type == type || (row.type == CUDNN_TYPE_DOUBLE && type == CUDNN_TYPE_FLOAT);
}

std::string named(cudnnBackendAttributeName_t name) { return "attribute " + std::to_string(name); }

template <class T>
cudnnStatus_t give(const std::vector<T>& from, int64_t requested, int64_t* count, void* values) {
  if (count != nullptr) *count = static_cast<int64_t>(from.size());
  const size_t filled = std::min(from.size(), static_cast<size_t>(requested));
  if (values != nullptr && filled > 0) std::memcpy(values, from.data(), filled * sizeof(T));
  return CUDNN_STATUS_SUCCESS;
}

/// Copies records into the descriptors that the caller made for them.
cudnnStatus_t give_links(const std::vector<RecordPointer>& from, int64_t promised, int64_t requested, int64_t* count,
                         void* values) {
  if (requested == 0 || values == nullptr) {
    if (count != nullptr) *count = promised;
    return CUDNN_STATUS_SUCCESS;
  }
  const int64_t filled = std::min(static_cast<int64_t>(from.size()), requested);
  for (int64_t i = 0; i < filled; ++i) {
    cudnnBackendDescriptor_t raw = nullptr;
    std::memcpy(&raw, static_cast<const char*>(values) + static_cast<size_t>(i) * sizeof raw, sizeof raw);
    auto* const box = static_cast<Box*>(raw);
    const RecordPointer& record = from[static_cast<size_t>(i)];
    if (box == nullptr || box->record->type != record->type) {
      return refuse(CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE, "a descriptor to be filled is of another kind");
    }
    box->record = record;
  }
  if (count != nullptr) *count = filled;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

double Record::real(cudnnBackendAttributeName_t name, double otherwise) const {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return otherwise;
  return found->second.type == CUDNN_TYPE_FLOAT ? static_cast<double>(value<float>(name, 0)) : value<double>(name, 0);
}

std::vector<RecordPointer> Record::links(cudnnBackendAttributeName_t name) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::vector<RecordPointer>{} : found->second.links;
}

RecordPointer Record::link(cudnnBackendAttributeName_t name) const {
  const auto all = links(name);
  return all.empty() ? nullptr : all.front();
}

bool is_known(cudnnBackendDescriptorType_t type) {
  return std::ranges::any_of(kRows, [&](const Row& row) { return row.owner == type; });
}

cudnnStatus_t set_attribute(Record& record, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                            const void* values) {
  const Row* const row = find(record.type, name);
  if (row == nullptr || row->access == get_only)
    return refuse(CUDNN_STATUS_BAD_PARAM, "this descriptor has no " + named(name) + " to set");
  if (record.finalized) return refuse(CUDNN_STATUS_BAD_PARAM, named(name) + " is set after finalising");
  if (!matches(*row, type)) return refuse(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, named(name) + " has another type");
  if (count < 0 || (row->count == one && count != 1)) return refuse(CUDNN_STATUS_BAD_PARAM, named(name) + " holds one value");
  if (values == nullptr && count > 0)
    return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, "the values of " + named(name) + " are null");
  Attribute attribute{.type = type, .count = count, .bytes = {}, .links = {}};
  const auto* const bytes = static_cast<const unsigned char*>(values);
  attribute.bytes.assign(bytes, bytes + static_cast<size_t>(count) * bytes_of(type));
  for (int64_t i = 0; type == kLink && i < count; ++i) {
    const Box* box = nullptr;
    std::memcpy(&box, bytes + static_cast<size_t>(i) * sizeof box, sizeof box);
    if (box == nullptr) return refuse(CUDNN_STATUS_BAD_PARAM_NULL_POINTER, named(name) + " links to null");
    attribute.links.push_back(box->record);
  }
  record.attributes.insert_or_assign(name, std::move(attribute));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t get_attribute(const Record& record, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                            int64_t requested, int64_t* count, void* values) {
  const Row* const row = find(record.type, name);
  if (row == nullptr || row->access == set_only)
    return refuse(CUDNN_STATUS_BAD_PARAM, "this descriptor has no " + named(name) + " to read");
  if (!record.finalized) return refuse(CUDNN_STATUS_NOT_INITIALIZED, named(name) + " is read before finalising");
  if (!matches(*row, type)) return refuse(CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE, named(name) + " has another type");
  if (requested < 0) return refuse(CUDNN_STATUS_BAD_PARAM, "a negative number of values is asked for");
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS:
      return give_links(record.ranking, static_cast<int64_t>(record.ranking.size()) + kOverPromised, requested, count, values);
    case CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE: return give(record.engine->behaviour, requested, count, values);
    case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE: return give(record.engine->numerical, requested, count, values);
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX: return give(std::vector<int64_t>{record.engine->index}, requested, count, values);
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
      return give(std::vector<int64_t>{record.engine->workspace}, requested, count, values);
    case CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT:
      return give(std::vector<int64_t>{static_cast<int64_t>(engines_for(*record.chain).size())}, requested, count, values);
    default: break;
  }
  const auto found = record.attributes.find(name);
  if (found == record.attributes.end()) return refuse(CUDNN_STATUS_BAD_PARAM, named(name) + " was never set");
  if (type == kLink) return give_links(found->second.links, found->second.count, requested, count, values);
  if (count != nullptr) *count = found->second.count;
  const size_t filled = static_cast<size_t>(std::min(requested, found->second.count)) * bytes_of(type);
  if (values != nullptr && filled > 0) std::memcpy(values, found->second.bytes.data(), filled);
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace standin
