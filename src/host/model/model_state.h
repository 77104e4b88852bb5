// A loaded model on a device: its source, its constants, its plans, and a pool of idle sessions.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "host/constants/constant_store.h"
#include "host/model/model_source.h"
#include "host/model/row_pattern.h"
#include "host/plan/plan.h"
#include "host/run/cut.h"
#include "host/run/device.h"
#include "host/run/held.h"
#include "host/run/least_recent.h"
#include "host/run/result_memory.h"
#include "keraunos/error.h"
#include "keraunos/model.h"

namespace keraunos::host {

class SessionState;

/// A call's shapes do not fit the model; the message names them.
struct ShapeError : UsageError {
  using UsageError::UsageError;
};

class ModelState {
 public:
  ModelState(std::shared_ptr<const ModelSource> source, std::shared_ptr<DeviceRuntime> device,
             std::shared_ptr<DeviceRuntime> evaluator, std::shared_ptr<ConstantStore> store = nullptr,
             const PlanOptions& plan_options = {});
  ~ModelState();

  const ModelSource& source() const noexcept { return *source_; }
  const PlanOptions& plan_options() const noexcept { return plan_options_; }
  const std::shared_ptr<DeviceRuntime>& device() const noexcept { return device_; }
  /// The CPU device. Its threads copy rows in and out where `device` is another one.
  const std::shared_ptr<DeviceRuntime>& evaluator() const noexcept { return evaluator_; }

  /// This model on DeviceRuntime::one_thread(), with its own plans and sessions and the same constants.
  const ModelState& one_thread() const noexcept { return one_thread_ ? *one_thread_ : *this; }

  /// The plan for inputs of these types, made on first use. The least recently used plans are dropped when all together need more
  /// than PlanOptions::bytes_of_plans plus twice the weights. ShapeError where the types do not fit.
  std::shared_ptr<const Plan> plan_for(std::span<const TensorType> inputs,
                                       std::span<const std::vector<TensorType>> known = {}) const;
  /// Whether a batch of such inputs may be cut, and its cost: found by lowering probes, once for each shape of a row.
  Batching batching(std::span<const TensorType> inputs) const;

  /// A session from the pool, or a new one; returned when the handle dies.
  class Borrowed {
   public:
    Borrowed(const ModelState& model, std::unique_ptr<SessionState> session);
    Borrowed(Borrowed&&) noexcept;
    ~Borrowed();
    SessionState* operator->() const noexcept { return session_.get(); }
    SessionState& operator*() const noexcept { return *session_; }

   private:
    const ModelState* model_;
    std::unique_ptr<SessionState> session_;
  };
  Borrowed borrow() const;

  std::shared_ptr<const ModelState> with_outputs(const std::vector<std::string>& layers) const;
  /// Another source over the same weights.
  std::shared_ptr<const ModelState> with_source(std::shared_ptr<const ModelSource> source) const;

  /// A source of other weights, on the same device.
  std::shared_ptr<const ModelState> with_weights(std::shared_ptr<const ModelSource> source) const;

  /// Number of plans and idle sessions at the moment, without those of one_thread().
  size_t plans() const;
  size_t idle_sessions() const;

  /// Frees idle sessions, plans, constants and the memory of destroyed results; running calls keep what they use.
  void trim() const;
  MemoryUse memory() const;
  /// In bytes: PlanOptions::bytes_of_plans plus twice the weights, as layouts may differ.
  int64_t budget_of_plans() const noexcept { return plan_options_.bytes_of_plans + 2 * weight_bytes_; }
  /// The counter of bytes that this model's sessions hold.
  const std::shared_ptr<Held>& held() const noexcept { return held_; }
  /// Where large results of predict are allocated.
  ResultMemory& result_memory() const noexcept { return *results_; }

 private:
  struct Entry {
    std::vector<TensorType> inputs;
    std::vector<std::vector<TensorType>> known;
    std::shared_ptr<const Plan> plan;
  };
  struct Probed {
    std::vector<TensorType> inputs;
    Batching batching;
    std::shared_ptr<const RowPattern> pattern;
  };
  static constexpr size_t kMostIdle = 64;   // sessions of callers; those for pieces have another limit
  static constexpr int64_t kWindow = 1000;  // borrowed sessions
  static constexpr int64_t kProbedBytes = int64_t{16} << 20;

  std::shared_ptr<const Plan> known_plan(std::span<const TensorType> inputs,
                                         std::span<const std::vector<TensorType>> known) const;
  Probed probe(std::span<const TensorType> inputs) const;
  /// Optimised and folded; made from the row pattern of other batch sizes where there is one.
  Graph graph_for(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const;
  void optimise_for_device(Graph& graph) const;
  std::shared_ptr<const RowPattern> pattern_for(std::span<const TensorType> inputs) const;
  std::vector<std::unique_ptr<SessionState>> unneeded() const;

  std::shared_ptr<const ModelSource> source_;
  std::shared_ptr<DeviceRuntime> device_, evaluator_;
  std::shared_ptr<ConstantStore> store_;
  const PlanOptions plan_options_;
  const std::shared_ptr<Held> held_ = std::make_shared<Held>();
  const std::shared_ptr<ResultMemory> results_ = std::make_shared<ResultMemory>();
  const int64_t weight_bytes_;
  std::unique_ptr<const ModelState> one_thread_;
  mutable std::mutex mutex_;
  mutable LeastRecent<Entry> plans_;
  mutable LeastRecent<Probed> probed_{kProbedBytes};
  mutable std::vector<std::unique_ptr<SessionState>> idle_;  // the session returned last is borrowed next
  size_t most_idle_ = kMostIdle;
  const ModelState* probes_ = this;  // the model whose row patterns are used: for one_thread() the model that owns it
  // None of the last `borrowed_` calls needed the first `least_idle_` idle sessions.
  mutable int64_t borrowed_ = 0;
  mutable size_t least_idle_ = 0;
};

/// Makes the public handle of a model, and gives access to the state behind it.
struct Handles {
  static Model of(std::shared_ptr<const ModelState> state) { return Model(std::move(state)); }
  static const ModelState& state(const Model& model) { return *model.state_; }
};

/// A model on a device; DeviceError when the device does not exist.
Model make_model(std::shared_ptr<const ModelSource> source, const LoadOptions& options, const PlanOptions& plan_options = {});

}  // namespace keraunos::host
