// A loaded model on a device: the source it is lowered from, its constants, its plans, and sessions waiting to be borrowed.
#pragma once

#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "host/constants/constant_store.h"
#include "host/model/model_source.h"
#include "host/plan/plan.h"
#include "host/run/cut.h"
#include "host/run/device.h"
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
  ModelState(std::shared_ptr<const ModelSource> source, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> evaluator,
             std::shared_ptr<ConstantStore> store = nullptr, const PlanOptions& plan_options = {});
  ~ModelState();

  const ModelSource& source() const noexcept { return *source_; }
  const PlanOptions& plan_options() const noexcept { return plan_options_; }
  const std::shared_ptr<DeviceRuntime>& device() const noexcept { return device_; }
  /// The CPU device, whose threads move rows in and out where `device` is another.
  const std::shared_ptr<DeviceRuntime>& evaluator() const noexcept { return evaluator_; }

  /// This model on DeviceRuntime::one_thread(), with plans and sessions of its own and the same constants.
  const ModelState& one_thread() const noexcept { return one_thread_ ? *one_thread_ : *this; }

  /// The plan for inputs of these types, made on first use; the least recently used ones are forgotten. ShapeError where they do
  /// not fit.
  std::shared_ptr<const Plan> plan_for(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known = {}) const;
  /// What cutting a batch of such inputs does and costs: found by lowering a probe, once per shape of a row.
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

  static constexpr size_t kMaxPlans = 32;
  /// How many are kept at the moment.
  size_t plans() const;

 private:
  struct Key {
    std::vector<TensorType> inputs;
    std::vector<std::vector<TensorType>> known;
  };
  struct Entry {
    Key key;
    std::shared_ptr<const Plan> plan;
  };
  struct Probed {
    std::vector<TensorType> inputs;
    Batching batching;
  };
  Batching probe(std::span<const TensorType> inputs) const;

  std::shared_ptr<const ModelSource> source_;
  std::shared_ptr<DeviceRuntime> device_, evaluator_;
  std::shared_ptr<ConstantStore> store_;
  const PlanOptions plan_options_;
  std::unique_ptr<const ModelState> one_thread_;
  mutable std::mutex mutex_;
  mutable std::list<Entry> plans_;  // most recently used first
  mutable std::list<Probed> probed_;
  mutable std::vector<std::unique_ptr<SessionState>> idle_;
  size_t most_idle_ = std::numeric_limits<size_t>::max();
};

/// A model on a device; DeviceError when the device is not there.
Model make_model(std::shared_ptr<const ModelSource> source, const LoadOptions& options, const PlanOptions& plan_options = {});

}  // namespace keraunos::host
