// Computes pieces of a batch side by side on the threads of a device that computes in host memory: each thread takes the next
// piece and runs the whole model on it, in its own session. Threads wait for each other only at the end, and a layer's results
// are still in the core's cache when the next layer reads them.
//
//   SideBySide pieces(model, inputs, 4);                   // four rows a piece
//   pieces.run({.progress = report}, results);             // written in place
#pragma once

#include <algorithm>
#include <span>

#include "host/model/model_state.h"
#include "host/run/scratch.h"

namespace keraunos::host {

class SideBySide {
 public:
  /// Rows must be independent. Plans, and prepares a session for each thread: a second call with these shapes allocates nothing.
  SideBySide(const ModelState& model, std::span<const TensorView> inputs, int64_t rows_a_piece);

  ~SideBySide();
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;

  /// The plan of a whole piece.
  const Plan& plan() const noexcept { return *plan_; }
  /// Throws the first exception of a piece, after all threads have stopped. `options.progress` is called on the calling thread
  /// only.
  void run(const PredictOptions& options, std::span<Tensor> results);

 private:
  struct Call;
  void run_pieces(Call& call, SessionState& session) const;

  const ModelState& model_;
  const std::shared_ptr<DeviceRuntime>& threads_;
  const std::span<const TensorView> inputs_;
  const int64_t total_, rows_, pieces_;
  std::shared_ptr<const Plan> plan_;
  Scratch scratch_;
  List<ModelState::Borrowed> sessions_ = scratch_.list<ModelState::Borrowed>(0);
};

}  // namespace keraunos::host
