#include "host/run/predict.h"

#include <algorithm>

#include "host/api/out_of_memory.h"
#include "host/run/batch.h"
#include "host/run/in_flight.h"
#include "host/run/session_state.h"
#include "host/run/side_by_side.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void run_whole(Batch& batch, const Plan& plan) {
  batch.make_results(plan.outputs, batch.rows());
  batch.model().borrow()->run(batch.inputs(), batch.all_room());
  batch.own_strings();
  batch.progress(batch.rows());
}

// Shapes depend on data: a session tells those of a piece after it ran.
void run_in_segments(Batch& batch, int64_t most) {
  std::vector<ModelState::Borrowed> holding;  // sessions that strings of the results point into
  int64_t start = 0;
  do {
    batch.throw_if_stopped(start);
    const int64_t rows = std::min(most, batch.rows() - start);
    ModelState::Borrowed session = batch.model().borrow();
    session->start(rows == batch.rows() ? batch.inputs() : batch.piece(start, rows));
    try {
      if (start == 0)
        batch.make_results(session->outputs(), rows);
      else
        batch.check_piece(session->outputs(), start, rows);
      session->finish(rows == batch.rows() ? batch.all_room() : batch.room(start, rows));
    } catch (...) {
      session->abandon();
      throw;
    }
    start += rows;
    batch.progress(start);
    if (std::any_of(batch.results().begin(), batch.results().end(), [](const Tensor& t) { return t.dtype() == DType::string; }))
      holding.push_back(std::move(session));
  } while (start < batch.rows());
  batch.own_strings();
}

// Where a device computes in host memory and steps share its threads.
void run_in_turn(Batch& batch, const Plan& plan, int64_t most) {
  batch.make_results(plan.outputs, most);
  for (int64_t start = 0; start < batch.rows(); start += most) {
    batch.throw_if_stopped(start);
    const int64_t rows = std::min(most, batch.rows() - start);
    batch.model().borrow()->run(batch.piece(start, rows), batch.room(start, rows));
    batch.progress(start + rows);
  }
  batch.own_strings();
}

void run_side_by_side(Batch& batch, int64_t rows) {
  SideBySide pieces(batch.model(), batch.inputs(), rows);
  batch.make_results(pieces.plan().outputs, rows);
  pieces.run(batch.options(), batch.results());
  batch.own_strings();
}

void run(Batch& batch) {
  const ModelState& model = batch.model();
  const bool on_host = model.device()->shares_host_memory();
  const Cut cut = cut_for(model, batch.types(batch.inputs()), batch.options().batch_size);
  if (cut.side_by_side) return run_side_by_side(batch, cut.rows);
  const bool whole = cut.rows >= batch.rows(), rounds_up = !on_host && cut.may_pad;
  if (!rounds_up) {
    const auto plan = model.plan_for(batch.types(whole ? batch.inputs() : batch.piece(0, cut.rows)));
    if (plan->pending) return run_in_segments(batch, whole ? std::max<int64_t>(batch.rows(), 1) : cut.rows);
    if (whole) return run_whole(batch, *plan);
    if (on_host) return run_in_turn(batch, *plan, cut.rows);
  }
  InFlight(batch).run(cut.rows, rounds_up);
  batch.own_strings();
}

}  // namespace

Cut cut_for(const ModelState& model, std::span<const TensorType> inputs, int64_t asked_rows) {
  const bool on_host = model.device()->shares_host_memory();
  BatchOf batch{
      .rows = inputs.empty() || inputs[0].dims.rank() == 0 ? 1 : inputs[0].dims[0], .row_bytes = 0, .asked_rows = asked_rows};
  for (const TensorType& type : inputs)
    batch.row_bytes += type.dims.elements() * size_of(type.dtype) / std::max<int64_t>(batch.rows, 1);
  const Batching batching = batch.rows > (on_host ? 1 : 0) ? model.batching(inputs) : Batching{};
  if (asked_rows == 0 && batching.rows_are_local) batch.asked_rows = model.plan_options().piece_rows;
  return cut_of(batch, batching, on_host ? model.device()->threads() : 0);
}

void predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options,
             std::span<Tensor> results) {
  if (options.batch_size < 0) throw UsageError("batch_size cannot be negative, found " + std::to_string(options.batch_size));
  with_memory_to("run this batch; try a smaller one", [&] {
    Batch batch(model, inputs, options, results);
    run(batch);
  });
}

}  // namespace keraunos::host
