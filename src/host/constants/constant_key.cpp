#include "host/constants/constant_key.h"

#include <algorithm>

#include "host/constants/constant_store.h"
#include "host/graph/contents.h"
#include "host/graph/hash.h"

namespace keraunos::host {
namespace {

constexpr int64_t kKeptLeaf = 4096;  // bytes: larger leaves are weights, which a key does not keep in memory

bool same_leaf(const ConstantKey& a, const ConstantKey& b) {
  const std::shared_ptr<const Tensor> first = a.literal ? a.literal : a.weights.lock(),
                                      second = b.literal ? b.literal : b.weights.lock();
  return first != nullptr && second != nullptr && same_contents(*first, *second);
}

// Keys of operands come from the same ConstantKeys, so their pointers are compared.
bool same_constant(const ConstantKey& a, const ConstantKey& b) {
  if (a.hash != b.hash || a.is_leaf != b.is_leaf) return false;
  if (a.is_leaf) return same_leaf(a, b);
  return a.output == b.output && a.operands == b.operands && a.results == b.results && a.op == b.op;
}

}  // namespace

ConstantKeyPointer ConstantKeys::of(const ValueInfo& constant) {
  return constant.folded ? constant.folded->key : of_leaf(constant.constant);
}

ConstantKeyPointer ConstantKeys::of_leaf(const std::shared_ptr<const Tensor>& tensor) {
  if (tensor->bytes() <= kKeptLeaf) return shared({.hash = contents_hash(*tensor), .literal = tensor, .is_leaf = true});
  {
    const std::lock_guard lock(mutex_);
    const auto found = weights_.find(tensor.get());
    ConstantKeyPointer known = found == weights_.end() ? nullptr : found->second.lock();
    if (known && known->weights.lock() == tensor) return known;  // not another tensor at the same address
  }
  ConstantKeyPointer key = shared({.hash = contents_hash(*tensor), .weights = tensor, .is_leaf = true});
  const std::lock_guard lock(mutex_);
  weights_[tensor.get()] = key;
  return key;
}

ConstantKeyPointer ConstantKeys::of_result(const Graph& graph, const Node& node, size_t output) {
  ConstantKey key{.op = node.op, .output = output};
  Hash hash;
  hash.mix(hash_of(node.op)).mix(output);
  for (const Value v : node.in) {
    key.operands.push_back(v ? of(graph.info(v)) : nullptr);
    hash.mix(v ? key.operands.back()->hash : 0);
  }
  for (const Value v : node.out) {
    key.results.push_back({graph.info(v).dtype, dims_of(graph.info(v).shape)});
    hash.mix(key.results.back().dtype).range(key.results.back().dims.span());
  }
  key.hash = hash.value();
  return shared(std::move(key));
}

ConstantKeyPointer ConstantKeys::shared(ConstantKey key) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = known_.equal_range(key.hash);
  for (auto candidate = begin; candidate != end; ++candidate) {
    if (ConstantKeyPointer known = candidate->second.lock(); known && same_constant(*known, key)) return known;
  }
  auto fresh = std::make_shared<const ConstantKey>(std::move(key));
  known_.emplace(fresh->hash, fresh);
  if (known_.size() >= forget_at_) forget_unused();
  return fresh;
}

void ConstantKeys::forget_unused() {
  std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(weights_, [](const auto& entry) { return entry.second.expired(); });
  forget_at_ = std::max<size_t>(256, 2 * known_.size());
}

}  // namespace keraunos::host
