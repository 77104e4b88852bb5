#include "host/run/predict.h"

#include <algorithm>
#include <optional>

#include "host/run/cut.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "host/run/side_by_side.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

constexpr size_t kInFlight = 3;  // copy in, compute, copy out

// On a device where each shape costs a plan and a graph, batch sizes are rounded up: powers of two up to 64, then multiples of 64.
int64_t bucket(int64_t rows) {
  if (rows >= 64) return (rows + 63) / 64 * 64;
  int64_t size = 1;
  while (size < rows) size *= 2;
  return size;
}

struct Flight {
  ModelState::Borrowed session;
  int64_t start, rows;
};

class Batch {
 public:
  Batch(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options, std::span<Tensor> results)
      : model_(model), inputs_(inputs), options_(options), results_(results), total_(inputs.empty() || inputs[0].dims.rank() == 0 ? 1 : inputs[0].dims[0]) {
    list_types(inputs);
    const bool on_host = model.device()->shares_host_memory();
    Batching batching;
    if (total_ > (on_host ? 1 : 0)) batching = model.batching(types_);
    rounds_up_ = !on_host && batching.rows_are_local;
    int64_t row_bytes = 0;
    for (const TensorView& view : inputs) row_bytes += view.bytes() / std::max<int64_t>(total_, 1);
    cut_ = cut_of({total_, row_bytes, options.batch_size}, batching, on_host ? model.device()->threads() : 0);
  }

  // After an error or a stop some chunks may still run: their sessions go back to the pool only when nothing of this call can be heard there.
  ~Batch() {
    for (; flying_ > 0; --flying_) oldest().session->abandon(), take_off();
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void run() {
    const int64_t chunk = cut_.rows;
    if (cut_.side_by_side) return run_side_by_side();
    if (chunk >= total_ && !rounds_up_) return run_whole();
    for (int64_t start = 0; start < total_; start += chunk) {
      if (options_.stop.stop_requested()) throw UsageError("predict was stopped after " + std::to_string(start) + " of " + std::to_string(total_) + " rows");
      if (flying_ == kInFlight) land();
      launch(start, std::min(chunk, total_ - start));
    }
    while (flying_ > 0) land();
    own_strings();
  }

 private:
  void list_types(std::span<const TensorView> views) {
    types_.clear();
    for (size_t i = 0; i < views.size(); ++i) types_.push_back({model_.source().inputs()[i].dtype, views[i].dims});
  }

  void run_side_by_side() {
    SideBySide pieces(model_, inputs_, cut_.rows);
    make_results(pieces.plan(), cut_.rows, total_);
    pieces.run(options_, results_);
    own_strings();
  }

  void run_whole() {
    ModelState::Borrowed session = model_.borrow();
    if (const auto plan = model_.plan_for(types_); !plan->pending) {
      make_results(*plan, total_, total_);
      session->run(inputs_, whole_results());
    } else {  // shapes depend on data: the session tells them after the run
      session->start(inputs_);
      const std::span<const Port> ports = session->outputs();
      for (size_t i = 0; i < results_.size(); ++i) results_[i] = Tensor(ports[i].type.dtype, ports[i].type.dims);
      session->finish(whole_results());
    }
    own_strings();
    progress(total_);
  }

  std::span<const MutableView> whole_results() {
    targets_.clear();
    for (Tensor& tensor : results_) targets_.push_back(tensor.mutable_view());
    return targets_;
  }

  // Strings of a result point into tables or inputs of the run: give the caller characters of its own.
  void own_strings() {
    for (Tensor& tensor : results_) {
      if (tensor.dtype() == DType::string) tensor = tensor.clone();
    }
  }

  void make_results(const Plan& plan, int64_t rows_of_plan, int64_t total) {
    for (size_t i = 0; i < results_.size(); ++i) {
      const Dims& dims = plan.outputs[i].type.dims;
      if (total != rows_of_plan && (dims.rank() == 0 || dims[0] != rows_of_plan)) {
        throw UsageError("output " + std::to_string(i) + " of shape " + dims.to_string() + " has no row per input row, so " + std::to_string(total) +
                         " rows cannot be computed " + std::to_string(rows_of_plan) + " at a time; pass batch_size = " + std::to_string(total));
      }
      results_[i] = Tensor(plan.outputs[i].type.dtype, total == rows_of_plan ? dims : with_rows(dims, total));
    }
    made_ = true;
  }

  void launch(int64_t start, int64_t rows) {
    const int64_t planned = rounds_up_ ? bucket(rows) : rows;
    chunk_.clear();
    for (const TensorView& view : inputs_) chunk_.push_back(part_of(view, start, planned));
    if (!made_) {
      list_types(chunk_);
      make_results(*model_.plan_for(types_), planned, total_);
    }
    if (model_.device()->shares_host_memory()) {
      model_.borrow()->run(chunk_, targets(start, rows));
      progress(start + rows);
      return;
    }
    flights_[(first_ + flying_) % kInFlight].emplace(Flight{model_.borrow(), start, rows});
    ++flying_;
    flights_[(first_ + flying_ - 1) % kInFlight]->session->start(chunk_, rows);
  }

  std::span<const MutableView> targets(int64_t start, int64_t rows) {
    targets_.clear();
    for (Tensor& tensor : results_) targets_.push_back(part_of(tensor, start, rows));
    return targets_;
  }

  Flight& oldest() { return *flights_[first_]; }

  void take_off() {
    flights_[first_].reset();
    first_ = (first_ + 1) % kInFlight;
  }

  void land() {
    const int64_t start = oldest().start, rows = oldest().rows;
    oldest().session->finish(targets(start, rows));
    take_off();
    --flying_;
    progress(start + rows);
  }

  void progress(int64_t done) const {
    if (options_.progress) options_.progress(done, total_);
  }

  const ModelState& model_;
  std::span<const TensorView> inputs_;
  const PredictOptions& options_;
  const std::span<Tensor> results_;
  const int64_t total_;
  Cut cut_;
  bool rounds_up_ = false, made_ = false;
  Scratch scratch_;
  List<TensorType> types_ = scratch_.list<TensorType>(inputs_.size());
  List<TensorView> chunk_ = scratch_.list<TensorView>(inputs_.size());
  List<MutableView> targets_ = scratch_.list<MutableView>(results_.size());
  std::array<std::optional<Flight>, kInFlight> flights_;  // a ring
  size_t first_ = 0, flying_ = 0;
};

}  // namespace

void predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options, std::span<Tensor> results) {
  if (options.batch_size < 0) throw UsageError("batch_size cannot be negative, found " + std::to_string(options.batch_size));
  Batch(model, inputs, options, results).run();
}

}  // namespace keraunos::host
