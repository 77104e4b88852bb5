// The state of a Session: an arena, a stream, states, and the instances of the plans it ran last.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/model/model_state.h"
#include "host/run/instance.h"

namespace keraunos::host {

class SessionState {
 public:
  /// `keep` may be null for pooled sessions, which the model itself owns.
  SessionState(const ModelState& model, std::shared_ptr<const ModelState> keep);
  ~SessionState();

  /// Plans, allocates and returns the outputs' types.
  std::vector<TensorType> prepare(const std::vector<TensorType>& inputs);
  /// Plans and allocates for inputs of these dims, so that the next run() with them allocates nothing.
  void warm(std::span<const TensorView> in);
  /// Inputs on the host, of any numeric dtype where the model's is numeric. Blocks.
  void run(std::span<const TensorView> in, std::span<const MutableView> out);
  /// The same, with a time for each step. Shapes must not depend on data.
  void run_timed(std::span<const TensorView> in, std::span<const MutableView> out, StepClock& clock);
  /// The same for inputs and outputs that may lie in memory of the device, where they are used in place; inputs have the model's
  /// dtypes. UsageError where shapes depend on data.
  void run_in_place(std::span<const TensorView> in, std::span<const MutableView> out);
  /// The session's own stream, which run(), run_in_place() and start() use.
  Stream& stream() noexcept { return *stream_; }
  /// Enqueues on the session's own stream; finish() waits and copies out. For chunks. `rows` below the number of rows of `in`:
  /// only so many exist, and the last is repeated for the missing ones.
  void start(std::span<const TensorView> in, int64_t rows);
  void start(std::span<const TensorView> in);
  void finish(std::span<const MutableView> out);
  /// Waits for started work and ignores its errors.
  void abandon() noexcept;
  /// The outputs of the current run.
  std::span<const Port> outputs() const { return current_->plan().outputs; }
  /// Of the next runs: PredictOptions::max_turns.
  void limit_turns(int64_t most) noexcept { max_turns_ = most; }
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
  /// Copies inputs that only steps on the host read, and that lie on the device, to the host.
  void fetch_inputs(const Plan& plan);
  /// Runs the segments that end in data-dependent kernels; their results become further inputs. Returns the last segment.
  Instance& run_segments();
  void forget_known(size_t first);
  /// The memory of the plan's states; zeros where a state is new.
  std::vector<void*> states_of(const Plan& plan);
  /// UsageError where a stateful model gets another batch size than its file fixes.
  void check_batch(const TensorType& input) const;
  /// Waits for the work that enqueue() put on callers' streams, which uses the arena, its plan and that plan's addresses.
  void wait_for_enqueued();
  /// Records an event on the caller's stream after this session's work.
  void mark();
  void make_room(const Plan& plan);
  void check_outputs(const Plan& plan, std::span<const MutableView> out, bool exact) const;

  const ModelState& model_;
  std::shared_ptr<const ModelState> keep_;
  std::shared_ptr<DeviceRuntime> device_;
  std::unique_ptr<Stream> stream_, foreign_;
  Arena arena_;
  LeastRecent<Entry> instances_;  // they hold plans, so their budget is that of the model's plans
  Instance* current_ = nullptr;
  CUstream_st* foreign_handle_ = nullptr;
  std::unique_ptr<Mark> last_enqueued_;
  int64_t max_turns_ = PredictOptions{}.max_turns;
  bool under_way_ = false;  // the work before last_enqueued_ may be unfinished
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
