// What a Session owns: an arena, a stream, states, and the instances of the plans it ran last.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/model/model_state.h"
#include "host/run/instance.h"

namespace keraunos::host {

class SessionState {
 public:
  /// `model` may be null-owning for pooled sessions, which the model itself keeps.
  SessionState(const ModelState& model, std::shared_ptr<const ModelState> keep);
  ~SessionState();

  /// Plans, allocates and answers the outputs' types.
  std::vector<TensorType> prepare(const std::vector<TensorType>& inputs);
  /// Plans and allocates for inputs of these dims, so that the next run() with them allocates nothing.
  void warm(std::span<const TensorView> in);
  /// Inputs of the host, of any numeric dtype where the model's is numeric. Blocks.
  void run(std::span<const TensorView> in, std::span<const MutableView> out);
  /// The same with a time for each step. Shapes do not depend on data.
  void run_timed(std::span<const TensorView> in, std::span<const MutableView> out, StepClock& clock);
  /// Enqueues on the session's own stream; finish() waits and copies out. For batches in chunks.
  /// `rows` below the number that `in` says: only so many are there, and the last stands for those that lack.
  void start(std::span<const TensorView> in, int64_t rows);
  void start(std::span<const TensorView> in);
  void finish(std::span<const MutableView> out);
  /// Waits for what was started, whatever came of it.
  void abandon() noexcept;
  /// The outputs of the run under way.
  std::span<const Port> outputs() const { return current_->plan().outputs; }
  void enqueue(std::span<const TensorView> in, std::span<const MutableView> out, CUstream_st* stream);
  void check();

  void reset_states();
  Named states();
  void set_states(const NamedViews& states);
  const ModelState& model() const noexcept { return model_; }

 private:
  struct Entry {
    std::vector<TensorType> inputs;
    std::vector<std::vector<TensorType>> known;
    std::unique_ptr<Instance> instance;
  };
  Instance& instance_for(std::span<const TensorView> in, std::span<const std::vector<TensorType>> known);
  std::vector<TensorType> types_of(std::span<const TensorView> in) const;
  void convert_inputs();
  /// Runs the segments that end in data-dependent kernels; their results become further inputs. Answers the last segment.
  Instance& run_segments();
  void forget_known(size_t first);
  void make_states(const Plan& plan);
  /// UsageError where a stateful model is given another batch than its file fixes.
  void check_batch(const TensorType& input) const;
  /// Waits for what enqueue() put on callers' streams: it still uses the arena, its plan and that plan's addresses.
  void settle();
  /// Notes where on the caller's stream the work of this session ends.
  void mark();
  void make_room(const Plan& plan);
  void check_outputs(const Plan& plan, std::span<const MutableView> out, bool exact) const;

  const ModelState& model_;
  std::shared_ptr<const ModelState> keep_;
  std::shared_ptr<DeviceRuntime> device_;
  std::unique_ptr<Stream> stream_, foreign_;
  Arena arena_;
  LeastRecent<Entry> instances_;  // they hold plans, so their budget is the model's for plans
  Instance* current_ = nullptr;
  CUstream_st* foreign_handle_ = nullptr;
  std::unique_ptr<Mark> last_enqueued_;
  bool under_way_ = false;  // work that last_enqueued_ marks may not be done
  // The current call's inputs, and the results of its data-dependent kernels with their types. Members, so that their memory is
  // reused.
  std::vector<TensorView> inputs_;
  std::vector<Tensor> dynamic_;
  std::vector<std::vector<TensorType>> known_;
  struct StateMemory {
    std::string name;
    TensorType type;
    std::shared_ptr<void> memory;
  };
  std::vector<StateMemory> states_;
  HeldBytes held_by_states_;
};

}  // namespace keraunos::host
