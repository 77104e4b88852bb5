#include "host/model/model_state.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "host/graph/hash.h"
#include "host/graph/rows.h"
#include "host/passes/passes.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

// A model that no shapes fit is refused at loading, so later refusals by lowering are due to the shapes of the call.
template <class Make>
Graph for_call(const ModelSource& source, std::span<const TensorType> inputs, const Make& make) {
  const auto refused = [&](const std::string& reason) {
    std::string shapes;
    for (size_t i = 0; i < inputs.size(); ++i)
      shapes += (i ? ", \"" : "\"") + source.inputs()[i].name + "\" " + inputs[i].dims.to_string();
    return ShapeError("the model does not take inputs of these shapes (" + shapes + "): " + reason);
  };
  try {
    return make();
  } catch (const ModelError& error) {
    throw refused(error.what());
  } catch (const UsageError& error) {
    throw refused(error.what());
  }
}

// Absent where the shapes do not fit this number of rows; any other error is passed on.
std::optional<Graph> lowered_if_it_fits(const ModelSource& source, std::span<const TensorType> inputs, int64_t rows) {
  std::vector<TensorType> types(inputs.begin(), inputs.end());
  for (TensorType& type : types) type.dims = with_rows(type.dims, rows);
  try {
    return source.lower(types, {});
  } catch (const ModelError&) {
    return std::nullopt;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

// Equal types apart from the number of rows.
bool equal_rows(std::span<const TensorType> a, std::span<const TensorType> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TensorType& x, const TensorType& y) {
    return x.dtype == y.dtype && x.dims.rank() == y.dims.rank() && y.dims.rank() > 0 &&
           std::equal(x.dims.begin() + 1, x.dims.end(), y.dims.begin() + 1);
  });
}

uint64_t hash_of(std::span<const TensorType> types) {
  Hash hash;
  for (const TensorType& type : types) hash.mix(type.dtype).range(type.dims.span());
  return hash.value();
}

uint64_t hash_of_rows(std::span<const TensorType> types) {
  Hash hash;
  for (const TensorType& type : types)
    hash.mix(type.dtype).range(type.dims.span().subspan(std::min<size_t>(1, type.dims.span().size())));
  return hash.value();
}

// By address, because a layer's tensor may be listed in two places.
std::unordered_map<const Tensor*, int64_t> weights_of(const LayerInfo& layer) {
  std::unordered_map<const Tensor*, int64_t> bytes;
  const auto visit = [&](const auto& self, const LayerInfo& info) -> void {
    for (const WeightInfo& weight : info.weights) {
      if (weight.tensor != nullptr) bytes[weight.tensor.get()] = weight.tensor->bytes();
    }
    for (const LayerInfo& child : info.children) self(self, child);
  };
  visit(visit, layer);
  return bytes;
}

int64_t bytes_of_weights(const LayerInfo& layer) {
  int64_t total = 0;
  for (const auto& [tensor, bytes] : weights_of(layer)) total += bytes;
  return total;
}

}  // namespace

ModelState::ModelState(std::shared_ptr<const ModelSource> source, std::shared_ptr<DeviceRuntime> device,
                       std::shared_ptr<DeviceRuntime> evaluator, std::shared_ptr<ConstantStore> store,
                       const PlanOptions& plan_options)
    : source_(std::move(source)),
      device_(std::move(device)),
      evaluator_(std::move(evaluator)),
      store_(std::move(store)),
      plan_options_(plan_options),
      weight_bytes_(bytes_of_weights(source_->root())),
      plans_(budget_of_plans()) {
  if (store_ == nullptr) store_ = std::make_shared<ConstantStore>(evaluator_, device_);
  if (auto one = device_->one_thread()) {
    auto beside = std::make_unique<ModelState>(source_, std::move(one), evaluator_, store_, plan_options_);
    beside->most_idle_ = 2 * static_cast<size_t>(device_->threads());
    beside->probes_ = this;
    one_thread_ = std::move(beside);
  }
}

ModelState::~ModelState() = default;

std::optional<int64_t> fixed_batch(std::span<const TensorSpec> inputs) {
  for (const TensorSpec& input : inputs) {
    if (!input.shape.empty() && input.shape[0]) return input.shape[0];
  }
  return std::nullopt;
}

std::shared_ptr<const Plan> ModelState::known_plan(std::span<const TensorType> inputs,
                                                   std::span<const std::vector<TensorType>> known) const {
  const Entry* found = plans_.find(
      [&](const Entry& entry) { return std::ranges::equal(entry.inputs, inputs) && std::ranges::equal(entry.known, known); },
      [&] { return hash_of(inputs); });
  return found == nullptr ? nullptr : found->plan;
}

std::shared_ptr<const Plan> ModelState::plan_for(std::span<const TensorType> inputs,
                                                 std::span<const std::vector<TensorType>> known) const {
  {
    const std::lock_guard lock(mutex_);
    if (auto plan = known_plan(inputs, known)) return plan;
  }
  std::shared_ptr<const Plan> plan = make_plan(graph_for(inputs, known), *device_, *store_, plan_options_);
  source_->release_weights();           // they are packed and uploaded by now
  LeastRecent<Entry>::Removed removed;  // freed after the lock is released
  const std::lock_guard lock(mutex_);
  // Two threads may plan the same shapes at once: both plans are right, one is kept.
  if (auto other = known_plan(inputs, known)) return other;
  removed = plans_.add(hash_of(inputs), plan->bytes() + plan->constant_bytes,
                       {{inputs.begin(), inputs.end()}, {known.begin(), known.end()}, plan});
  return plan;
}

Graph ModelState::graph_for(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const {
  if (const auto pattern = known.empty() ? pattern_for(inputs) : nullptr)
    return for_call(*source_, inputs, [&] { return pattern->for_rows(inputs[0].dims[0]); });
  Graph graph = for_call(*source_, inputs, [&] { return source_->lower(inputs, known); });
  validate(graph);
  optimise_for_device(graph);
  store_->fold(graph);
  return graph;
}

void ModelState::optimise_for_device(Graph& graph) const {
  optimise(graph, {.support = [this](const Graph& asked, const Node& node) { return device_->accepts(asked, node); }});
}

std::shared_ptr<const RowPattern> ModelState::pattern_for(std::span<const TensorType> inputs) const {
  const auto many = [&](const TensorType& type) {
    return type.dims.rank() > 0 && type.dims[0] > 1 && type.dims[0] == inputs[0].dims[0];
  };
  if (inputs.empty() || !std::all_of(inputs.begin(), inputs.end(), many)) return nullptr;
  const std::lock_guard lock(probes_->mutex_);
  const auto same = [&](const Probed& known) { return equal_rows(known.inputs, inputs); };
  const Probed* const known = probes_->probed_.find(same, [&] { return hash_of_rows(inputs); });
  return known == nullptr ? nullptr : known->pattern;
}

Batching ModelState::batching(std::span<const TensorType> inputs) const {
  {
    const std::lock_guard lock(mutex_);
    const auto same = [&](const Probed& known) { return equal_rows(known.inputs, inputs); };
    if (const Probed* known = probed_.find(same, [&] { return hash_of_rows(inputs); })) return known->batching;
  }
  if (std::any_of(inputs.begin(), inputs.end(), [](const TensorType& type) { return type.dims.rank() == 0; })) return {};
  Probed found = probe(inputs);
  const Batching batching = found.batching;
  const auto bytes =
      static_cast<int64_t>(sizeof(Probed) + inputs.size() * sizeof(TensorType)) + (found.pattern ? found.pattern->bytes() : 0);
  LeastRecent<Probed>::Removed removed;  // freed after the lock is released
  const std::lock_guard lock(mutex_);
  removed = probed_.add(hash_of_rows(inputs), bytes, std::move(found));
  return batching;
}

ModelState::Probed ModelState::probe(std::span<const TensorType> inputs) const {
  Probed found{.inputs = {inputs.begin(), inputs.end()}, .batching = {}, .pattern = nullptr};
  std::optional<Graph> graph = lowered_if_it_fits(*source_, inputs, kProbeBatch);
  std::optional<Graph> other = graph ? lowered_if_it_fits(*source_, inputs, kOtherProbeBatch) : std::nullopt;
  if (!other || !rows_of(*graph, *other).local) return found;
  found.batching.rows_are_local = true;
  optimise_for_device(*graph);
  optimise_for_device(*other);
  if (device_->shares_host_memory()) found.batching.cost = row_cost(*graph, kProbeBatch, device_->costs().core);
  store_->fold(*graph);
  store_->fold(*other);
  if (auto pattern = RowPattern::of(std::move(*graph), *other))
    found.pattern = std::make_shared<const RowPattern>(std::move(*pattern));
  return found;
}

size_t ModelState::plans() const {
  const std::lock_guard lock(mutex_);
  return plans_.size();
}

size_t ModelState::idle_sessions() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

// Once for every kWindow calls: the sessions that none of them needed. The caller holds the lock.
std::vector<std::unique_ptr<SessionState>> ModelState::unneeded() const {
  least_idle_ = std::min(least_idle_, idle_.size());
  if (++borrowed_ < kWindow) return {};
  const auto end = idle_.begin() + static_cast<std::ptrdiff_t>(least_idle_);
  std::vector<std::unique_ptr<SessionState>> taken(std::make_move_iterator(idle_.begin()), std::make_move_iterator(end));
  idle_.erase(idle_.begin(), end);
  borrowed_ = 0, least_idle_ = idle_.size();
  return taken;
}

ModelState::Borrowed ModelState::borrow() const {
  std::vector<std::unique_ptr<SessionState>> gone;  // freed after the lock is released
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<SessionState> session = std::move(idle_.back());
      idle_.pop_back();
      gone = unneeded();
      return {*this, std::move(session)};
    }
    gone = unneeded();
  }
  return {*this, std::make_unique<SessionState>(*this, nullptr)};
}

void ModelState::trim() const {
  if (one_thread_ != nullptr) one_thread_->trim();
  std::vector<std::unique_ptr<SessionState>> idle;
  LeastRecent<Entry>::Removed plans;
  LeastRecent<Probed>::Removed probed;
  {
    const std::lock_guard lock(mutex_);
    idle.swap(idle_);
    plans = plans_.clear();
    probed = probed_.clear();
  }
  idle.clear();  // sessions hold plans, plans and patterns hold constants
  plans.clear();
  probed.clear();
  store_->trim();
  results_->trim();
}

MemoryUse ModelState::memory() const {
  MemoryUse use;
  std::unordered_set<const Tensor*> weights;
  for (const auto& [tensor, bytes] : weights_of(source_->root())) {
    weights.insert(tensor);
    use.weights.host += bytes;
  }
  use.scratch = source_->scratch_bytes();
  use.weights.host = std::max<int64_t>(use.weights.host - use.scratch, 0);  // set_weights() may have replaced some of those
  const ConstantStore::Bytes constants = store_->bytes(weights);            // includes the pinned memory for uploads
  use.constants = {constants.host, constants.device};
  for (const ModelState* state : {this, one_thread_.get()}) {
    if (state == nullptr) continue;
    {
      const std::lock_guard lock(state->mutex_);
      state->plans_.for_each([&](const Entry& entry) { use.plans.host += entry.plan->bytes(); });
      use.plans.host += state->probed_.bytes();
    }
    use.sessions.host += state->held_->host.load(std::memory_order_relaxed) + state->results_->bytes();
    (device_->shares_host_memory() ? use.sessions.host : use.sessions.device) +=
        state->held_->device.load(std::memory_order_relaxed);
  }
  return use;
}

ModelState::Borrowed::Borrowed(const ModelState& model, std::unique_ptr<SessionState> session)
    : model_(&model), session_(std::move(session)) {}
ModelState::Borrowed::Borrowed(Borrowed&&) noexcept = default;

ModelState::Borrowed::~Borrowed() {
  if (session_ == nullptr) return;
  const std::lock_guard lock(model_->mutex_);
  if (model_->idle_.size() >= model_->most_idle_) return;  // freed, after the lock
  try {
    model_->idle_.push_back(std::move(session_));
  } catch (...) {  // no room in the pool: the session is freed
  }
}

std::shared_ptr<const ModelState> ModelState::with_outputs(const std::vector<std::string>& layers) const {
  return with_source(source_->with_outputs(layers));
}

std::shared_ptr<const ModelState> ModelState::with_source(std::shared_ptr<const ModelSource> source) const {
  return std::make_shared<const ModelState>(std::move(source), device_, evaluator_, store_, plan_options_);
}

std::shared_ptr<const ModelState> ModelState::with_weights(std::shared_ptr<const ModelSource> source) const {
  return std::make_shared<const ModelState>(std::move(source), device_, evaluator_, nullptr, plan_options_);
}

Named ModelSource::evaluate(const ModelState& /*model*/, std::span<const TensorView> /*inputs*/, const NamedViews& /*targets*/,
                            const EvaluateOptions& /*options*/) const {
  throw UsageError("this model cannot be evaluated: it was not read from a file");
}

Model make_model(std::shared_ptr<const ModelSource> source, const LoadOptions& options, const PlanOptions& plan_options) {
  const Device where = options.device.value_or(Device::automatic());
  const bool tf32 =
      options.precision == Precision::tf32 || (options.precision != Precision::float32 && where.kind == Device::cuda);
  const DeviceOptions device_options{.threads = options.threads, .tf32 = tf32, .executor = options.executor};
  std::shared_ptr<DeviceRuntime> device = make_device(where, device_options);
  std::shared_ptr<DeviceRuntime> evaluator = where.kind == Device::cpu ? device : make_device(Device{}, device_options);
  return Handles::of(
      std::make_shared<const ModelState>(std::move(source), std::move(device), std::move(evaluator), nullptr, plan_options));
}

}  // namespace keraunos::host
