#include "host/run/predict.h"

#include <algorithm>

#include "host/api/out_of_memory.h"
#include "host/run/batch.h"
#include "host/run/in_flight.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "host/run/side_by_side.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

std::string batch_of_states(int64_t rows) {
  return "the model is stateful and keeps a state for each row of a batch of " + std::to_string(rows) +
         ", which its file fixes: row i of a batch continues from the state of row i of the batch before";
}

void run_whole(Batch& batch, const Plan& plan) {
  batch.make_results(plan.outputs, batch.rows());
  batch.session()->run(batch.inputs(), batch.all_room());
  batch.own_strings();
  batch.progress(batch.rows());
}

// Concatenates along the rows; a scalar becomes one row.
Tensor joined(const std::vector<Tensor>& parts, const std::string& name) {
  const Dims& first = parts[0].dims();
  int64_t rows = 0;
  for (const Tensor& part : parts) {
    if (!(with_rows(part.dims(), 1) == with_rows(first, 1)))
      throw UsageError("output \"" + name + "\" is " + first.to_string() + " for one part of the rows and " +
                       part.dims().to_string() +
                       " for another, which cannot be joined; batch_size says how many rows are computed together");
    rows += first.rank() == 0 ? 1 : part.dims()[0];
  }
  Tensor result(parts[0].dtype(), first.rank() == 0 ? Dims{rows} : with_rows(first, rows));
  auto* to = static_cast<std::byte*>(result.data());
  for (const Tensor& part : parts) to = std::copy_n(static_cast<const std::byte*>(part.data()), part.bytes(), to);
  return result;
}

// Runs one piece; `room` gives the memory of the results once their shapes are known, which may depend on data.
template <typename Room>
void run_piece(SessionState& session, std::span<const TensorView> inputs, const Room& room) {
  session.start(inputs);
  try {
    session.finish(room(session.outputs()));
  } catch (...) {
    session.abandon();
    throw;
  }
}

// Shapes depend on data: a session knows the output shapes of a piece after it ran.
void run_in_segments(Batch& batch, int64_t most) {
  std::vector<ModelState::Borrowed> holding;  // sessions whose memory holds strings of the results
  int64_t start = 0;
  do {
    batch.throw_if_stopped(start);
    const int64_t rows = std::min(most, batch.rows() - start);
    ModelState::Borrowed session = batch.session();
    run_piece(*session, rows == batch.rows() ? batch.inputs() : batch.piece(start, rows), [&](std::span<const Port> ports) {
      if (start == 0)
        batch.make_results(ports, rows);
      else
        batch.check_piece(ports, start, rows);
      return rows == batch.rows() ? batch.all_room() : batch.room(start, rows);
    });
    start += rows;
    batch.progress(start);
    if (std::any_of(batch.results().begin(), batch.results().end(), [](const Tensor& t) { return t.dtype() == DType::string; }))
      holding.push_back(std::move(session));
  } while (start < batch.rows());
  batch.own_strings();
}

// A layer is stateful: states continue from piece to piece, as Keras's do from batch to batch; each predict() starts with zeros.
// States have one row for each row of the batch that the file fixes.
void run_with_states(Batch& batch) {
  const ModelState& model = batch.model();
  const int64_t asked = batch.options().batch_size;
  const int64_t rows = fixed_batch(model.source().inputs()).value_or(asked > 0 ? asked : batch.rows());
  if (asked > 0 && asked != rows) throw UsageError("batch_size is " + std::to_string(asked) + ", but " + batch_of_states(rows));
  const bool fits = rows > 0 ? batch.rows() % rows == 0 : batch.rows() == 0;
  if (!fits)
    throw UsageError("the number of rows, " + std::to_string(batch.rows()) +
                     ", is no multiple of the batch: " + batch_of_states(rows));
  ModelState::Borrowed session = batch.session();
  session->reset_states();
  int64_t start = 0;
  do {  // without rows one run, which makes the results
    const int64_t now = std::min(rows, batch.rows());
    batch.throw_if_stopped(start);
    run_piece(*session, batch.piece(start, now), [&](std::span<const Port> ports) {
      if (start == 0)
        batch.make_results(ports, now);
      else
        batch.check_piece(ports, start, now);
      return now == batch.rows() ? batch.all_room() : batch.room(start, now);
    });
    start += now;
    batch.progress(start);
  } while (start < batch.rows());
  batch.own_strings();
}

// For a device that computes in host memory and whose threads share each step.
void run_in_turn(Batch& batch, const Plan& plan, int64_t most) {
  batch.make_results(plan.outputs, most);
  for (int64_t start = 0; start < batch.rows(); start += most) {
    batch.throw_if_stopped(start);
    const int64_t rows = std::min(most, batch.rows() - start);
    batch.session()->run(batch.piece(start, rows), batch.room(start, rows));
    batch.progress(start + rows);
  }
  batch.own_strings();
}

// For a model whose rows depend on each other and whose outputs do not have one row for each input row, or do so for some data
// only: concatenates the results of the pieces, as Keras's predict joins batches.
void run_and_join(Batch& batch, int64_t most) {
  std::vector<std::vector<Tensor>> parts(batch.results().size());
  for (int64_t start = 0; start < batch.rows(); start += most) {
    batch.throw_if_stopped(start);
    const int64_t rows = std::min(most, batch.rows() - start);
    ModelState::Borrowed session = batch.session();
    std::vector<MutableView> room;
    run_piece(*session, batch.piece(start, rows), [&](std::span<const Port> ports) {
      for (size_t i = 0; i < parts.size(); ++i) {
        parts[i].emplace_back(ports[i].type.dtype, ports[i].type.dims);
        room.push_back(parts[i].back().mutable_view());
      }
      return std::span<const MutableView>(room);
    });
    for (std::vector<Tensor>& of_output : parts) {
      if (of_output.back().dtype() == DType::string) of_output.back() = of_output.back().clone();
    }
    batch.progress(start + rows);
  }
  for (size_t i = 0; i < parts.size(); ++i) batch.results()[i] = joined(parts[i], batch.model().source().outputs()[i].name);
  batch.own_strings();
}

// True when every output has a row for each input row, and rows have one shape, in the last piece too: an extent may equal the
// number of rows by chance.
bool gives_rows(Batch& batch, int64_t most) {
  const auto plan_of = [&](int64_t start, int64_t rows) { return batch.model().plan_for(batch.types(batch.piece(start, rows))); };
  const std::shared_ptr<const Plan> first = plan_of(0, most);
  if (!batch.has_row_for_each(first->outputs, most)) return false;
  const int64_t rest = batch.rows() % most;
  if (rest == 0) return true;
  const std::shared_ptr<const Plan> last = plan_of(batch.rows() - rest, rest);
  return std::equal(first->outputs.begin(), first->outputs.end(), last->outputs.begin(), last->outputs.end(),
                    [&](const Port& a, const Port& b) { return with_rows(a.type.dims, rest) == b.type.dims; });
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
  if (model.source().keeps_states() && batch.rows() > 0) return run_with_states(batch);
  const Cut cut = cut_for(model, batch.types(batch.inputs()), batch.options().batch_size);
  if (cut.side_by_side) return run_side_by_side(batch, cut.rows);
  const bool whole = cut.rows >= batch.rows(), rounds_up = !on_host && cut.may_pad;
  if (!rounds_up) {
    const auto plan = model.plan_for(batch.types(whole ? batch.inputs() : batch.piece(0, cut.rows)));
    const bool rows_meet = !whole && !cut.may_pad;  // so an output's rows need not be those of the input
    if (rows_meet && (plan->pending || !gives_rows(batch, cut.rows))) return run_and_join(batch, cut.rows);
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
  return cut_of(batch, batching, on_host ? model.device()->threads() : 0, model.device()->costs());
}

void predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options,
             std::span<Tensor> results) {
  if (options.batch_size < 0) throw UsageError("batch_size cannot be negative, found " + std::to_string(options.batch_size));
  if (options.max_turns < 0) throw UsageError("max_turns cannot be negative, found " + std::to_string(options.max_turns));
  with_memory_to("run this batch; try a smaller one", [&] {
    Batch batch(model, inputs, options, results);
    try {
      run(batch);
    } catch (const ShapeError& error) {
      const int64_t rows = cut_for(model, batch.types(batch.inputs()), options.batch_size).rows;
      if (rows >= batch.rows()) throw;
      throw ShapeError(error.what() + ("; the " + std::to_string(batch.rows()) + " rows of this call are computed ") +
                       std::to_string(rows) + " at a time, as " +
                       (options.batch_size > 0 ? "batch_size says" : "Keras's predict does; batch_size may say another number"));
    }
  });
}

}  // namespace keraunos::host
