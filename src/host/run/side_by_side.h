// Pieces of a batch side by side on the threads of a device that computes in host memory: each thread takes the next piece and
// runs the whole model on it, in a session of its own. Nobody waits for anybody before the last piece, and what a layer writes
// still lies in its core's cache when the next one reads it.
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
  /// Rows are independent. Plans, and makes a session ready for each thread: a second call of these shapes allocates nothing.
  SideBySide(const ModelState& model, std::span<const TensorView> inputs, int64_t rows_a_piece);

  ~SideBySide();
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;

  /// The plan of a whole piece.
  const Plan& plan() const noexcept { return *plan_; }
  /// Throws what the first piece to fail threw, once no other runs. `options.progress` hears of pieces from the calling thread
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
