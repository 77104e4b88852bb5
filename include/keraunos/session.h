// An execution context that one caller owns: memory, states, captured CUDA graphs, work on the caller's stream.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keraunos/stream.h"
#include "keraunos/tensor.h"

namespace keraunos {

namespace host {
class ModelState;
class SessionState;
}  // namespace host

/// Name, dtype and shape; an extent that is None in Keras is absent. Inputs and outputs of a model that was made with
/// dictionaries are named by their keys, joined by dots in nested dictionaries: "features.age".
struct KERAUNOS_API TensorSpec {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::optional<int64_t>> shape;
  std::string input_layer{};  ///< for an input named by a key: the name of its InputLayer, which predict() accepts too
  /// "(None, 224, 224, 3) float32".
  std::string to_string() const;
};

/// One caller at a time. Owns the arena for intermediate results and the states of stateful layers. Movable. Made by
/// Model::session(). These wait until the work of earlier enqueue() calls is finished: the destructor; run(); reset_states(),
/// states() and set_states(); and enqueue() with shapes that need more memory or another plan, on another stream, or for a model
/// with steps on the host.
class KERAUNOS_API Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Plans and allocates for inputs of these dims, in the model's input order, so that calls of this shape allocate nothing.
  void reserve(std::span<const Dims> inputs);
  void reserve(std::initializer_list<Dims> inputs) { reserve(std::span<const Dims>(inputs.begin(), inputs.size())); }
  /// The outputs' names, dtypes and shapes for inputs of these dims.
  [[nodiscard]] std::vector<TensorSpec> outputs_for(std::span<const Dims> inputs);

  /// Computes and waits. Views in the model's order; `out` has the dims of outputs_for().
  void run(std::span<const TensorView> in, std::span<const MutableView> out);
  /// Enqueues on the caller's stream and returns. Pointers may be of the device or the host and must stay valid until the
  /// enqueued work is finished. The caller synchronises, then calls check(). UsageError on a CPU model, and for a model that
  /// cannot run without waiting: its shapes depend on its data, or a condition of a loop or branch is read back. While the caller
  /// captures the stream, the steps go into the caller's graph, which uses this session's memory: as long as that graph exists,
  /// keep the session and call it only with shapes that it has seen.
  void enqueue(std::span<const TensorView> in, std::span<const MutableView> out, StreamRef stream);
  /// Call after the stream was synchronised: throws the DataError of the last run, if it had one.
  void check();

  /// Sets the states of stateful layers to zeros.
  void reset_states();
  /// Copies of the states, named "layer/0", "layer/1".
  [[nodiscard]] Named states() const;
  void set_states(const NamedViews& states);

 private:
  friend class Model;
  explicit Session(const std::shared_ptr<const host::ModelState>& model);
  std::unique_ptr<host::SessionState> state_;
};

}  // namespace keraunos
