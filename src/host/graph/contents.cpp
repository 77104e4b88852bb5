#include "host/graph/contents.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "host/constants/constant_store.h"
#include "host/graph/graph.h"

namespace keraunos::host {
namespace {

constexpr int64_t kHashedWhole = 4096;  // bytes
constexpr int64_t kSamples = 256;       // of 8 bytes, spread over a larger tensor

std::string_view bytes_at(const Tensor& tensor, int64_t first, int64_t count) {
  return {static_cast<const char*>(tensor.data()) + first, static_cast<size_t>(count)};
}

void mix_type(Hash& hash, const ValueInfo& info) {
  for (const Dim& dim : info.shape) hash.mix(dim.size);
  hash.mix(info.shape.size()).mix(info.dtype);
}

// Results of folding are compared by their keys (constant_key.h), so that large ones need not be computed.
bool same_value_contents(const ValueInfo& a, const ValueInfo& b) {
  if (a.shape != b.shape || a.dtype != b.dtype || (a.folded == nullptr) != (b.folded == nullptr)) return false;
  if (a.folded != nullptr) return a.folded->key == b.folded->key;
  if ((a.constant == nullptr) != (b.constant == nullptr)) return false;
  return a.constant == nullptr || same_contents(*a.constant, *b.constant);
}

bool same_node_contents(const Node& a, const Node& b) {
  return a.in == b.in && a.out == b.out && a.place == b.place && a.op == b.op;
}

}  // namespace

bool same_contents(const Tensor& a, const Tensor& b) {
  if (&a == &b) return true;
  if (a.dtype() != b.dtype() || !(a.dims() == b.dims())) return false;
  if (a.dtype() == DType::string) return std::ranges::equal(a.values<std::string_view>(), b.values<std::string_view>());
  return a.data() == b.data() || a.bytes() == 0 || std::memcmp(a.data(), b.data(), static_cast<size_t>(a.bytes())) == 0;
}

uint64_t contents_hash(const Tensor& tensor) {
  Hash hash;
  hash.mix(tensor.dtype()).range(tensor.dims().span());
  if (tensor.dtype() == DType::string) {
    const auto strings = tensor.values<std::string_view>();
    for (size_t i = 0; i < std::min<size_t>(strings.size(), kSamples); ++i) hash.text(strings[i]);
  } else if (tensor.bytes() <= kHashedWhole) {
    hash.text(bytes_at(tensor, 0, tensor.bytes()));
  } else {
    const int64_t step = (tensor.bytes() - 8) / (kSamples - 1);
    for (int64_t i = 0; i < kSamples; ++i) hash.text(bytes_at(tensor, i * step, 8));
  }
  return hash.value();
}

bool same_contents(const Graph& a, const Graph& b) {
  return a.inputs == b.inputs && a.outputs == b.outputs && a.states.empty() && b.states.empty() &&
         std::ranges::equal(a.values, b.values, same_value_contents) && std::ranges::equal(a.nodes, b.nodes, same_node_contents);
}

uint64_t contents_hash(const Graph& graph) {
  Hash hash;
  for (const Value v : graph.inputs) hash.mix(v.id);
  for (const Value v : graph.outputs) hash.mix(v.id);
  for (const ValueInfo& info : graph.values) {
    mix_type(hash, info);
    if (info.folded != nullptr)
      hash.mix(info.folded->key->hash);
    else if (info.constant != nullptr)
      hash.mix(contents_hash(*info.constant));
  }
  for (const Node& node : graph.nodes) {
    hash.mix(hash_of(node.op));
    for (const Value v : node.in) hash.mix(v.id);
    for (const Value v : node.out) hash.mix(v.id);
  }
  return hash.value();
}

}  // namespace keraunos::host
