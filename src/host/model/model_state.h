// A loaded model on a device: the source it is lowered from, its constants, its plans, and sessions waiting to be borrowed.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "host/constants/constant_store.h"
#include "host/model/model_source.h"
#include "host/plan/plan.h"
#include "host/run/device.h"
#include "keraunos/model.h"

namespace keraunos::host {

class SessionState;

class ModelState : public std::enable_shared_from_this<ModelState> {
 public:
  ModelState(std::shared_ptr<const ModelSource> source, std::shared_ptr<DeviceRuntime> device, std::shared_ptr<DeviceRuntime> evaluator,
             std::shared_ptr<ConstantStore> store = nullptr, const PlanOptions& plan_options = {});
  ~ModelState();

  const ModelSource& source() const noexcept { return *source_; }
  const std::shared_ptr<DeviceRuntime>& device() const noexcept { return device_; }
  /// The CPU device, whose threads move rows in and out where `device` is another.
  const std::shared_ptr<DeviceRuntime>& evaluator() const noexcept { return evaluator_; }

  /// The plan for inputs of these types, made on first use; the least recently used ones are forgotten.
  std::shared_ptr<const Plan> plan_for(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known = {}) const;
  /// True when a batch may be cut and padded: see rows.h. Asked once, by lowering a probe.
  bool rows_are_local(std::span<const TensorType> inputs) const;

  /// A session from the pool, or a new one; returned when the handle dies.
  class Borrowed {
   public:
    Borrowed(const ModelState& model, std::unique_ptr<SessionState> session);
    Borrowed(Borrowed&&) noexcept;
    ~Borrowed();
    SessionState* operator->() const noexcept { return session_.get(); }

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

  std::shared_ptr<const ModelSource> source_;
  std::shared_ptr<DeviceRuntime> device_, evaluator_;
  std::shared_ptr<ConstantStore> store_;
  const PlanOptions plan_options_;
  mutable std::mutex mutex_;
  mutable std::list<Entry> plans_;  // most recently used first
  mutable int rows_local_ = -1;
  mutable std::vector<std::unique_ptr<SessionState>> idle_;
};

/// A model on a device; DeviceError when the device is not there.
Model make_model(std::shared_ptr<const ModelSource> source, const LoadOptions& options, const PlanOptions& plan_options = {});

}  // namespace keraunos::host
