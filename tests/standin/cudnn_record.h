// The stand-in's state of a cuDNN backend descriptor: a record of typed attributes, some of which link to other records. A link
// keeps the other record alive, so that a caller may destroy a tensor once an operation refers to it, as with the real library.
#pragma once

#include <cudnn.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace standin {

struct Chain;
struct EngineKind;
struct HandleState;
struct Record;
using RecordPointer = std::shared_ptr<Record>;

struct Attribute {
  cudnnBackendAttributeType_t type;
  int64_t count;
  std::vector<unsigned char> bytes;
  std::vector<RecordPointer> links;
};

struct Record {
  cudnnBackendDescriptorType_t type;
  bool finalized = false;
  std::map<cudnnBackendAttributeName_t, Attribute> attributes{};

  // Set when it is finalised.
  std::shared_ptr<const Chain> chain{};      // graph, engine, engine configuration, plan
  const EngineKind* engine = nullptr;        // engine, engine configuration, plan
  std::shared_ptr<HandleState> made_with{};  // plan; null for a device that is only described
  bool has_run = false;                      // plan
  std::vector<RecordPointer> ranking{};      // heuristics: engine configurations, best first

  bool has(cudnnBackendAttributeName_t name) const { return attributes.contains(name); }
  /// The values; empty when the attribute was never set.
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name) const {
    const auto found = attributes.find(name);
    if (found == attributes.end()) return {};
    std::vector<T> result(static_cast<size_t>(found->second.count));
    std::memcpy(result.data(), found->second.bytes.data(), std::min(result.size() * sizeof(T), found->second.bytes.size()));
    return result;
  }
  template <class T>
  T value(cudnnBackendAttributeName_t name, T otherwise) const {
    const auto all = values<T>(name);
    return all.empty() ? otherwise : all.front();
  }
  /// A number that callers may pass as float or double.
  double real(cudnnBackendAttributeName_t name, double otherwise) const;
  /// The record linked to; null when there is none.
  RecordPointer link(cudnnBackendAttributeName_t name) const;
  std::vector<RecordPointer> links(cudnnBackendAttributeName_t name) const;
};

/// The object that cudnnBackendDescriptor_t points to.
struct Box {
  RecordPointer record;
};

/// Records why a call is refused; cudnnGetLastErrorString returns it to the same thread.
cudnnStatus_t refuse(cudnnStatus_t status, std::string reason);

/// Checks a record and computes what follows from its attributes.
cudnnStatus_t finalize(Record& record);

cudnnStatus_t set_attribute(Record& record, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                            const void* values);
cudnnStatus_t get_attribute(const Record& record, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                            int64_t requested, int64_t* count, void* values);

/// True for the kinds of descriptors that the stand-in supports.
bool is_known(cudnnBackendDescriptorType_t type);

}  // namespace standin
