#include "host/constants/constant_store.h"

#include <algorithm>

#include "host/graph/hash.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

constexpr int64_t kCounted = 256;             // smaller constants are not worth a place in a table
constexpr int64_t kSmall = int64_t{1} << 16;  // results up to this size are computed at once and kept for a while

// The constants of one node while it is evaluated; nothing is shared.
class HostConstants final : public Constants {
 public:
  explicit HostConstants(const Graph& graph) : graph_(graph) {}
  std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string&,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    return make(*graph_.info(node.in[operand]).constant);
  }

 private:
  const Graph& graph_;
};

// A graph of this node alone, whose operands are constants at their places.
std::shared_ptr<const Graph> alone(const Graph& graph, const Node& node) {
  auto single = std::make_shared<Graph>();
  std::vector<Value> in;
  for (Value v : node.in) in.push_back(v ? single->add_value(graph.info(v)) : Value{});
  std::vector<ValueInfo> results;
  for (Value v : node.out) results.push_back({.shape = graph.info(v).shape, .dtype = graph.info(v).dtype});
  single->origin = node.origin;
  single->add(node.op, std::move(in), std::move(results));
  return single;
}

}  // namespace

// Runs one node on the host. Operands keep their addresses; results are fresh tensors.
std::vector<std::shared_ptr<const Tensor>> ConstantStore::evaluate(const Graph& graph, const Node& node) {
  if (traits_of(node.op).is_view) {
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
  if (error.raised != 0)
    throw ModelError("layer \"" + node.origin + "\": in constants of the file: " + fault_text(node.op, {graph, node}) +
                     std::to_string(error.found));
  return {results.begin(), results.end()};
}

void ConstantStore::fold_nested(const Graph& graph, Node& node) {
  bind_constants(graph, node);
  for (GraphPointer* nested : graphs_of(node.op)) {
    auto own = std::make_shared<Graph>(**nested);
    fold(*own);
    *nested = std::move(own);
  }
}

void ConstantStore::fold(Graph& graph) {
  std::vector<Node> kept;
  for (Node& node : graph.nodes) {
    if (traits_of(node.op).is_nested) {
      fold_nested(graph, node);
      kept.push_back(std::move(node));
      continue;
    }
    bool constant = !node.in.empty() && node.place == Place::device;
    int64_t from = 0, to = 0;
    for (Value v : node.in) {
      constant = constant && (!v || graph.is_constant(v));
      if (v) from += bytes_of(graph.info(v));
    }
    for (Value v : node.out) to += bytes_of(graph.info(v));
    // The evaluator's kernels assume what it accepts: of texts, for example, it computes nothing.
    const auto is_accepted = [&] {
      return traits_of(node.op).is_view || evaluator_->accepts(graph, node).speed != Verdict::refused;
    };
    if (!constant || to > 2 * from + (int64_t{1} << 16) || !is_accepted()) {
      kept.push_back(std::move(node));
      continue;
    }
    // Operands must have contents, so that computing a result later never needs a chain of other results, perhaps several times.
    for (Value v : node.in) {
      if (v && !graph.info(v).constant) graph.info(v).constant = contents(graph.info(v));
    }
    const std::shared_ptr<const Graph> single = alone(graph, node);
    for (size_t i = 0; i < node.out.size(); ++i) {
      ValueInfo& result = graph.info(node.out[i]);
      result.folded = std::make_shared<const Folded>(single, i, keys_.of_result(graph, node, i));
      if (to <= kSmall) result.constant = contents(result);
    }
  }
  graph.nodes = std::move(kept);
}

std::shared_ptr<const Tensor> ConstantStore::find(const ConstantKeyPointer& key) {
  const std::lock_guard lock(mutex_);
  if (const Kept* kept = kept_.find([&](const Kept& k) { return k.key == key; }, [&] { return key->hash; })) return kept->tensor;
  const auto found = results_.find(key);
  return found == results_.end() ? nullptr : found->second.tensor.lock();
}

std::shared_ptr<const Tensor> ConstantStore::contents(const ValueInfo& constant) {
  if (constant.constant) return constant.constant;
  if (std::shared_ptr<const Tensor> known = find(constant.folded->key)) return known;
  const Graph& graph = *constant.folded->graph;
  // Two threads may compute the same constant: both results are right.
  std::shared_ptr<const Tensor> result = evaluate(graph, graph.nodes[0])[constant.folded->output];
  const bool of_operand = traits_of(graph.nodes[0].op).is_view;
  LeastRecent<Kept>::Removed removed;  // freed after the lock is released
  const std::lock_guard lock(mutex_);
  sweep_if_grown();
  results_[constant.folded->key] = {result, of_operand ? 0 : result->bytes()};
  if (result->bytes() <= kSmall) removed = kept_.add(constant.folded->key->hash, result->bytes(), {constant.folded->key, result});
  return result;
}

bool ConstantStore::is_new(const std::shared_ptr<const Tensor>& tensor) {
  const std::lock_guard lock(mutex_);
  sweep_if_grown();
  std::weak_ptr<const Tensor>& known = read_[tensor.get()];
  if (known.lock() == tensor) return false;  // not another tensor at the same address
  known = tensor;
  return true;
}

std::shared_ptr<const void> ConstantStore::on_host(const ValueInfo& constant, int64_t* made) {
  const std::shared_ptr<const Tensor> tensor = contents(constant);
  if (tensor->bytes() >= kCounted && is_new(tensor) && made != nullptr) *made += tensor->bytes();
  return {tensor, tensor->data()};
}

std::shared_ptr<const void> ConstantStore::on_device(const ValueInfo& constant, int64_t* made) {
  if (device_->shares_host_memory()) return on_host(constant, made);
  const ConstantKeyPointer key = keys_.of(constant);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = uploads_.find(key); found != uploads_.end()) {
      if (std::shared_ptr<const void> memory = found->second.memory.lock()) return memory;
    }
  }
  const std::shared_ptr<const Tensor> tensor = contents(constant);
  const std::shared_ptr<void> memory = device_->allocate(tensor->bytes());
  uploader_.upload(memory.get(), tensor->data(), tensor->bytes());
  const std::lock_guard lock(mutex_);
  sweep_if_grown();
  Shared& slot = uploads_[key];
  if (std::shared_ptr<const void> other = slot.memory.lock()) return other;  // another thread was faster
  slot = {memory, tensor->bytes()};
  if (made != nullptr) *made += tensor->bytes();
  return memory;
}

std::shared_ptr<const void> ConstantStore::packed(const ValueInfo& constant, const std::string& layout,
                                                  const std::function<std::shared_ptr<const void>(const Tensor&)>& make,
                                                  int64_t* made) {
  const std::pair key(keys_.of(constant), layout);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = packs_.find(key); found != packs_.end()) {
      if (std::shared_ptr<const void> memory = found->second.memory.lock()) return memory;
    }
  }
  const std::shared_ptr<const Tensor> tensor = contents(constant);
  std::shared_ptr<const void> memory = make(*tensor);
  const std::lock_guard lock(mutex_);
  sweep_if_grown();
  Shared& slot = packs_[key];
  if (std::shared_ptr<const void> other = slot.memory.lock()) return other;  // another thread was faster
  slot = {memory, tensor->bytes()};
  if (made != nullptr) *made += tensor->bytes();
  return memory;
}

void ConstantStore::sweep() {
  std::erase_if(read_, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(results_, [](const auto& entry) { return entry.second.tensor.expired(); });
  std::erase_if(uploads_, [](const auto& entry) { return entry.second.memory.expired(); });
  std::erase_if(packs_, [](const auto& entry) { return entry.second.memory.expired(); });
}

void ConstantStore::sweep_if_grown() {
  const auto size = [&] { return read_.size() + results_.size() + uploads_.size() + packs_.size(); };
  if (size() < swept_size_) return;
  sweep();
  swept_size_ = std::max<size_t>(64, 2 * size());
}

void ConstantStore::trim() {
  LeastRecent<Kept>::Removed removed;  // freed before the tables are swept
  {
    const std::lock_guard lock(mutex_);
    removed = kept_.clear();
  }
  removed.clear();
  uploader_.trim();
  const std::lock_guard lock(mutex_);
  sweep();
}

ConstantStore::Bytes ConstantStore::bytes(const std::unordered_set<const Tensor*>& weights) const {
  Bytes total{.host = uploader_.bytes(), .device = 0};
  const std::lock_guard lock(mutex_);
  std::unordered_set<const Tensor*> counted;  // a large result that a plan reads is in both tables
  for (const auto& [key, result] : results_) {
    const std::shared_ptr<const Tensor> tensor = result.tensor.lock();
    if (tensor != nullptr && counted.insert(tensor.get()).second) total.host += result.bytes;
  }
  for (const auto& [address, known] : read_) {
    const std::shared_ptr<const Tensor> tensor = known.lock();
    if (tensor != nullptr && !weights.contains(address) && counted.insert(address).second) total.host += tensor->bytes();
  }
  int64_t& packed = device_->shares_host_memory() ? total.host : total.device;
  for (const auto& [key, shared] : uploads_) packed += shared.memory.expired() ? 0 : shared.bytes;
  for (const auto& [key, shared] : packs_) packed += shared.memory.expired() ? 0 : shared.bytes;
  return total;
}

}  // namespace keraunos::host
