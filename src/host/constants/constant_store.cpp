#include "host/constants/constant_store.h"

#include <algorithm>

#include "host/graph/hash.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

constexpr int64_t kHashedByContents = 4096;  // larger leaves are weights: one tensor each, known by its address

// Constants of one node being evaluated: nothing to share, everything on the host.
class HostConstants final : public Constants {
 public:
  explicit HostConstants(const Graph& graph) : graph_(graph) {}
  const Tensor& host(Value v) override { return *graph_.info(v).constant; }
  std::shared_ptr<const void> device(Value v) override { return {graph_.info(v).constant, graph_.info(v).constant->data()}; }
  std::shared_ptr<const void> packed(Value v, const std::string&, const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    return make(host(v));
  }

 private:
  const Graph& graph_;
};

}  // namespace

uint64_t ConstantStore::hash_of_leaf(const std::shared_ptr<const Tensor>& tensor) {
  Hash hash;
  hash.mix(tensor->dtype()).range(tensor->dims().span());
  if (tensor->bytes() <= kHashedByContents && tensor->dtype() != DType::string) {
    hash.text({static_cast<const char*>(tensor->data()), static_cast<size_t>(tensor->bytes())});
    return hash.value();
  }
  const std::lock_guard lock(mutex_);
  if (const auto found = leaves_.find(tensor.get()); found != leaves_.end()) return found->second.hash;
  const uint64_t value = hash.mix(tensor.get()).value();
  leaves_.emplace(tensor.get(), Leaf{tensor, value});
  return value;
}

// Runs one node on the host. Operands keep their addresses; results are fresh tensors.
std::vector<std::shared_ptr<const Tensor>> ConstantStore::evaluate(const Graph& graph, const Node& node) {
  if (std::holds_alternative<Reshape>(node.op)) {
    return {Tensor::reshaped(graph.info(node.in[0]).constant, dims_of(graph.info(node.out[0]).shape))};
  }
  std::vector<std::shared_ptr<Tensor>> results;
  for (Value v : node.out) results.push_back(std::make_shared<Tensor>(graph.info(v).dtype, dims_of(graph.info(v).shape)));
  HostConstants constants(graph);
  const std::unique_ptr<Step> step = evaluator_->prepare(graph, node, constants);
  std::vector<const void*> in;
  std::vector<void*> out;
  for (Value v : node.in) in.push_back(v ? graph.info(v).constant->data() : nullptr);
  for (const auto& tensor : results) out.push_back(tensor->data());
  const std::shared_ptr<void> workspace = evaluator_->allocate(std::max<int64_t>(step->workspace_bytes, 64));
  const std::unique_ptr<Stream> stream = evaluator_->make_stream();
  ErrorWord error;
  step->enqueue({in, out, workspace.get(), &error, stream.get()});
  stream->synchronize();
  if (error.raised != 0) throw ModelError("layer \"" + node.origin + "\": a constant index " + std::to_string(error.found) + " is out of range");
  return {results.begin(), results.end()};
}

void ConstantStore::fold(Graph& graph) {
  std::vector<uint64_t> hashes(graph.values.size(), 0);
  std::vector<Node> kept;
  for (Node& node : graph.nodes) {
    bool constant = !node.in.empty() && node.place == Place::device;
    int64_t from = 0, to = 0;
    for (Value v : node.in) {
      constant = constant && (!v || graph.is_constant(v));
      if (v) from += bytes_of(graph.info(v));
    }
    for (Value v : node.out) to += bytes_of(graph.info(v));
    if (!constant || to > 2 * from + (int64_t{1} << 16)) {
      kept.push_back(std::move(node));
      continue;
    }
    Hash hash;
    hash.mix(hash_of(node.op));
    for (Value v : node.in) {
      if (!v) continue;
      uint64_t& known = hashes[static_cast<size_t>(v.id)];
      if (known == 0) known = hash_of_leaf(graph.info(v).constant);
      hash.mix(known);
    }
    for (Value v : node.out) hash.mix(graph.info(v).dtype).range(dims_of(graph.info(v).shape).span());
    const uint64_t key = hash.value();
    std::vector<std::shared_ptr<const Tensor>> results;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = results_.find(key); found != results_.end()) results = found->second;
    }
    if (results.empty()) {
      results = evaluate(graph, node);
      const std::lock_guard lock(mutex_);
      results = results_.try_emplace(key, std::move(results)).first->second;
    }
    for (size_t i = 0; i < node.out.size(); ++i) {
      graph.info(node.out[i]).constant = results[i];
      hashes[static_cast<size_t>(node.out[i].id)] = Hash().mix(key).mix(i).value();
    }
  }
  graph.nodes = std::move(kept);
}

std::shared_ptr<const void> ConstantStore::on_device(const std::shared_ptr<const Tensor>& tensor) {
  if (device_->shares_host_memory()) return {tensor, tensor->data()};
  const uint64_t key = hash_of_leaf(tensor);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const void>& slot = uploads_[key];
  if (slot == nullptr) {
    const std::shared_ptr<void> memory = device_->allocate(tensor->bytes());
    const std::unique_ptr<Stream> stream = device_->make_stream();
    stream->copy_in(memory.get(), tensor->data(), tensor->bytes());
    stream->synchronize();
    slot = memory;
  }
  return slot;
}

std::shared_ptr<const void> ConstantStore::packed(const std::shared_ptr<const Tensor>& tensor, const std::string& layout,
                                                  const std::function<std::shared_ptr<const void>(const Tensor&)>& make) {
  const std::string key = std::to_string(hash_of_leaf(tensor)) + ':' + layout;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = packs_.find(key); found != packs_.end()) return found->second;
  }
  std::shared_ptr<const void> made = make(*tensor);
  const std::lock_guard lock(mutex_);
  return packs_.try_emplace(key, std::move(made)).first->second;
}

int64_t ConstantStore::evaluated_bytes() const {
  const std::lock_guard lock(mutex_);
  int64_t bytes = 0;
  for (const auto& [key, tensors] : results_) {
    for (const auto& tensor : tensors) bytes += tensor->bytes();
  }
  return bytes;
}

}  // namespace keraunos::host
