#include "host/model/model_state.h"

#include <algorithm>
#include <thread>

#include "host/graph/rows.h"
#include "host/passes/passes.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

// A model that no shapes fit is not loaded, so whatever lowering refuses later it refuses for the shapes of the call.
Graph lowered(const ModelSource& source, std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) {
  const auto refused = [&](const std::string& reason) {
    std::string shapes;
    for (size_t i = 0; i < inputs.size(); ++i)
      shapes += (i ? ", \"" : "\"") + source.inputs()[i].name + "\" " + inputs[i].dims.to_string();
    return ShapeError("the model does not take inputs of these shapes (" + shapes + "): " + reason);
  };
  try {
    return source.lower(inputs, known);
  } catch (const ModelError& error) {
    throw refused(error.what());
  } catch (const UsageError& error) {
    throw refused(error.what());
  }
}

// Nothing where the shapes fit some numbers of rows only; any other error is the caller's to hear of.
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

// Whatever the number of rows.
bool equal_rows(std::span<const TensorType> a, std::span<const TensorType> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TensorType& x, const TensorType& y) {
    return x.dtype == y.dtype && x.dims.rank() == y.dims.rank() && y.dims.rank() > 0 && std::equal(x.dims.begin() + 1, x.dims.end(), y.dims.begin() + 1);
  });
}

}  // namespace

ModelState::ModelState(std::shared_ptr<const ModelSource> source, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> evaluator,
                       std::shared_ptr<ConstantStore> store, const PlanOptions& plan_options)
    : source_(std::move(source)), device_(std::move(device)), evaluator_(std::move(evaluator)), store_(std::move(store)), plan_options_(plan_options) {
  if (store_ == nullptr) store_ = std::make_shared<ConstantStore>(evaluator_, device_);
  if (auto one = device_->one_thread()) {
    auto beside = std::make_unique<ModelState>(source_, std::move(one), evaluator_, store_, plan_options_);
    beside->most_idle_ = 2 * static_cast<size_t>(device_->threads());
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

std::shared_ptr<const Plan> ModelState::plan_for(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const {
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = plans_.begin(); entry != plans_.end(); ++entry) {
      if (!std::ranges::equal(entry->key.inputs, inputs) || !std::ranges::equal(entry->key.known, known)) continue;
      plans_.splice(plans_.begin(), plans_, entry);
      return entry->plan;
    }
  }
  // Two threads may plan the same shapes at once: both plans are right, one is kept.
  Graph graph = lowered(*source_, inputs, known);
  validate(graph);
  optimise(graph);
  store_->fold(graph);
  std::shared_ptr<const Plan> plan = make_plan(graph, *device_, *store_, plan_options_);
  const std::lock_guard lock(mutex_);
  plans_.push_front({{{inputs.begin(), inputs.end()}, {known.begin(), known.end()}}, plan});
  if (plans_.size() > kMaxPlans) plans_.pop_back();
  return plan;
}

Batching ModelState::batching(std::span<const TensorType> inputs) const {
  {
    const std::lock_guard lock(mutex_);
    for (auto known = probed_.begin(); known != probed_.end(); ++known) {
      if (!equal_rows(known->inputs, inputs)) continue;
      probed_.splice(probed_.begin(), probed_, known);
      return known->batching;
    }
  }
  if (std::any_of(inputs.begin(), inputs.end(), [](const TensorType& type) { return type.dims.rank() == 0; })) return {};
  const Batching found = probe(inputs);
  const std::lock_guard lock(mutex_);
  probed_.push_front({{inputs.begin(), inputs.end()}, found});
  if (probed_.size() > kMaxPlans) probed_.pop_back();
  return found;
}

Batching ModelState::probe(std::span<const TensorType> inputs) const {
  std::optional<Graph> graph = lowered_if_it_fits(*source_, inputs, kProbeBatch);
  const std::optional<Graph> other = graph ? lowered_if_it_fits(*source_, inputs, kOtherProbeBatch) : std::nullopt;
  if (!other || !rows_of(*graph, *other).local) return {};
  if (!device_->shares_host_memory()) return {.rows_are_local = true};
  optimise(*graph);
  return {.rows_are_local = true, .cost = row_cost(*graph, kProbeBatch)};
}

size_t ModelState::plans() const {
  const std::lock_guard lock(mutex_);
  return plans_.size();
}

ModelState::Borrowed ModelState::borrow() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<SessionState> session = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(session)};
    }
  }
  return {*this, std::make_unique<SessionState>(*this, nullptr)};
}

ModelState::Borrowed::Borrowed(const ModelState& model, std::unique_ptr<SessionState> session) : model_(&model), session_(std::move(session)) {}
ModelState::Borrowed::Borrowed(Borrowed&&) noexcept = default;

ModelState::Borrowed::~Borrowed() {
  if (session_ == nullptr) return;
  const std::lock_guard lock(model_->mutex_);
  if (model_->idle_.size() >= model_->most_idle_) return;  // freed
  try {
    model_->idle_.push_back(std::move(session_));
  } catch (...) {  // no room in the pool: the session is freed
  }
}

std::shared_ptr<const ModelState> ModelState::with_outputs(const std::vector<std::string>& layers) const {
  return std::make_shared<const ModelState>(source_->with_outputs(layers), device_, evaluator_, store_, plan_options_);
}

Model make_model(std::shared_ptr<const ModelSource> source, const LoadOptions& options, const PlanOptions& plan_options) {
  const Device where = options.device.value_or(Device::automatic());
  const bool tf32 = options.precision == Precision::tf32 || (options.precision != Precision::float32 && where.kind == Device::cuda);
  const DeviceOptions device_options{.threads = options.threads, .tf32 = tf32};
  std::shared_ptr<DeviceRuntime> device = make_device(where, device_options);
  std::shared_ptr<DeviceRuntime> evaluator = where.kind == Device::cpu ? device : make_device(Device{}, device_options);
  return Model(std::make_shared<const ModelState>(std::move(source), std::move(device), std::move(evaluator), nullptr, plan_options));
}

}  // namespace keraunos::host
