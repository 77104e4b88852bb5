#include "host/run/predict.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

// Rows at a time when the caller does not say: enough to fill a device, few enough that intermediate results stay small.
constexpr int64_t kChunkBytes = int64_t{64} << 20;
constexpr int64_t kMaxChunkRows = 1024;
constexpr int64_t kKerasBatch = 32;
constexpr size_t kInFlight = 3;  // copy in, compute, copy out

Dims with_rows(const Dims& dims, int64_t rows) {
  std::vector<int64_t> sizes(dims.begin(), dims.end());
  sizes[0] = rows;
  return Dims(sizes);
}

const std::byte* row(const TensorView& view, int64_t index) {
  const int64_t rows = std::max<int64_t>(view.dims[0], 1);
  return static_cast<const std::byte*>(view.data) + view.bytes() / rows * index;
}

// On a device where each shape costs a plan and a graph, batch sizes are rounded up: powers of two up to 64, then multiples of 64.
int64_t bucket(int64_t rows) {
  if (rows >= 64) return (rows + 63) / 64 * 64;
  int64_t size = 1;
  while (size < rows) size *= 2;
  return size;
}

// `rows` rows from `start`, padded to `padded` by repeating the last: no NaN, no bad index, no new error.
TensorView chunk_of(const TensorView& view, int64_t start, int64_t rows, int64_t padded, std::vector<Tensor>& owned) {
  const Dims dims = with_rows(view.dims, padded);
  if (padded == rows) return {row(view, start), view.dtype, dims};
  Tensor copy(view.dtype, dims);
  const int64_t row_bytes = view.bytes() / view.dims[0];
  auto* to = static_cast<std::byte*>(copy.data());
  std::memcpy(to, row(view, start), static_cast<size_t>(rows * row_bytes));
  for (int64_t i = rows; i < padded; ++i) std::memcpy(to + i * row_bytes, row(view, start + rows - 1), static_cast<size_t>(row_bytes));
  owned.push_back(std::move(copy));
  return owned.back();
}

struct Flight {
  ModelState::Borrowed session;
  int64_t start, rows, padded;
};

class Batch {
 public:
  Batch(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options)
      : model_(model), inputs_(inputs), options_(options), total_(inputs.empty() || inputs[0].dims.rank() == 0 ? 1 : inputs[0].dims[0]) {}

  std::vector<Tensor> run() {
    const int64_t chunk = chunk_rows();
    if (chunk >= total_ && !rounds_up()) return run_whole();
    for (int64_t start = 0; start < total_; start += chunk) {
      if (options_.stop.stop_requested()) throw UsageError("predict was stopped after " + std::to_string(start) + " of " + std::to_string(total_) + " rows");
      if (flights_.size() == kInFlight) land();
      launch(start, std::min(chunk, total_ - start));
    }
    while (!flights_.empty()) land();
    return std::move(results_);
  }

 private:
  bool rounds_up() const { return !model_.device()->shares_host_memory() && total_ > 0 && model_.rows_are_local(types()); }

  std::vector<TensorType> types() const {
    std::vector<TensorType> types;
    for (const TensorView& view : inputs_) types.push_back({view.dtype, view.dims});
    return types;
  }

  int64_t chunk_rows() const {
    if (options_.batch_size > 0) return options_.batch_size;
    if (total_ <= kKerasBatch) return total_;
    if (!model_.rows_are_local(types())) return kKerasBatch;
    int64_t row_bytes = 1;
    for (const TensorView& view : inputs_) row_bytes += view.bytes() / total_;
    const int64_t rows = std::clamp(kChunkBytes / 16 / row_bytes, kKerasBatch, kMaxChunkRows);
    // Equal chunks share one plan: 2,000 rows are cut in two of 1,000, not into 1,024 and 976.
    const int64_t pieces = (total_ + rows - 1) / rows;
    return (total_ + pieces - 1) / pieces;
  }

  std::vector<Tensor> run_whole() {
    ModelState::Borrowed session = model_.borrow();
    const auto plan = plan_or_null(types());
    if (plan == nullptr) {  // shapes depend on data: the session tells them after the run
      session->start(inputs_);
      return collect(session);
    }
    make_results(*plan, total_, total_);
    std::vector<MutableView> out;
    for (Tensor& tensor : results_) out.push_back(tensor.mutable_view());
    session->run(inputs_, out);
    own_strings();
    if (options_.progress) options_.progress(total_, total_);
    return std::move(results_);
  }

  std::shared_ptr<const Plan> plan_or_null(const std::vector<TensorType>& types) const {
    auto plan = model_.plan_for(types);
    return plan->pending ? nullptr : plan;
  }

  std::vector<Tensor> collect(ModelState::Borrowed& session) {
    for (const TensorType& type : session->output_types()) results_.emplace_back(type.dtype, type.dims);
    std::vector<MutableView> out;
    for (Tensor& tensor : results_) out.push_back(tensor.mutable_view());
    session->finish(out);
    own_strings();
    return std::move(results_);
  }

  // Strings of a result point into tables or inputs of the run: give the caller characters of its own.
  void own_strings() {
    for (Tensor& tensor : results_) {
      if (tensor.dtype() == DType::string) tensor = tensor.clone();
    }
  }

  void make_results(const Plan& plan, int64_t rows_of_plan, int64_t total) {
    for (const Port& port : plan.outputs) {
      const Dims& dims = port.type.dims;
      if (total != rows_of_plan && (dims.rank() == 0 || dims[0] != rows_of_plan)) {
        throw UsageError("a result of shape " + dims.to_string() + " has no row per input row, so " + std::to_string(total) +
                         " rows cannot be computed " + std::to_string(rows_of_plan) + " at a time; pass batch_size = " + std::to_string(total));
      }
      results_.emplace_back(port.type.dtype, total == rows_of_plan ? dims : with_rows(dims, total));
    }
  }

  void launch(int64_t start, int64_t rows) {
    const int64_t padded = rounds_up() ? bucket(rows) : rows;
    std::vector<Tensor> owned;
    owned.reserve(inputs_.size());
    std::vector<TensorView> chunk;
    std::vector<TensorType> types;
    for (const TensorView& view : inputs_) {
      chunk.push_back(chunk_of(view, start, rows, padded, owned));
      types.push_back({view.dtype, chunk.back().dims});
    }
    if (results_.empty()) make_results(*model_.plan_for(types), padded, total_);
    flights_.push_back({model_.borrow(), start, rows, padded});
    Flight& flight = flights_.back();
    if (model_.device()->shares_host_memory()) {
      flight.session->run(chunk, targets(flight));
      flights_.pop_back();
      progress(start + rows);
    } else {
      flight.session->start(chunk);
    }
  }

  std::vector<MutableView> targets(const Flight& flight) {
    std::vector<MutableView> out;
    for (Tensor& tensor : results_) {
      const int64_t row_bytes = tensor.bytes() / std::max<int64_t>(tensor.dims()[0], 1);
      out.push_back({static_cast<std::byte*>(tensor.data()) + row_bytes * flight.start, tensor.dtype(), with_rows(tensor.dims(), flight.rows)});
    }
    return out;
  }

  void land() {
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    flight.session->finish(targets(flight));
    progress(flight.start + flight.rows);
  }

  void progress(int64_t done) const {
    if (options_.progress) options_.progress(done, total_);
  }

  const ModelState& model_;
  std::span<const TensorView> inputs_;
  const PredictOptions& options_;
  const int64_t total_;
  std::vector<Tensor> results_;
  std::deque<Flight> flights_;
};

}  // namespace

std::vector<Tensor> predict(const ModelState& model, std::span<const TensorView> inputs, const PredictOptions& options) {
  if (options.batch_size < 0) throw UsageError("batch_size cannot be negative, found " + std::to_string(options.batch_size));
  return Batch(model, inputs, options).run();
}

}  // namespace keraunos::host
