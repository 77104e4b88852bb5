#include "keraunos/device_call.h"

#include <algorithm>

#include "host/api/out_of_memory.h"
#include "host/run/convert.h"
#include "host/run/other_work.h"
#include "host/run/predict.h"
#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos {
namespace host {

/// A session of the model's pool, and the model that owns the pool.
class DeviceCallState {
 public:
  explicit DeviceCallState(const Model& model) : handle_(model), model_(Handles::state(handle_)), session_(model_.borrow()) {}

  Stream& stream() noexcept { return session_->stream(); }
  void wait_for(CUstream_st* producer) { start_after(stream(), producer); }
  NamedDeviceTensors predict(const NamedViews& named, const PredictOptions& options);

 private:
  void make_results(NamedDeviceTensors& results, std::span<const TensorType> types, int64_t rows, int64_t of_piece) const;
  void run_piece(std::span<const TensorView> inputs, int64_t start, int64_t rows, int64_t all, NamedDeviceTensors& results);

  Model handle_;  // keeps model_ alive
  const ModelState& model_;
  ModelState::Borrowed session_;
};

NamedDeviceTensors DeviceCallState::predict(const NamedViews& named, const PredictOptions& options) {
  if (options.batch_size < 0) throw UsageError("batch_size cannot be negative, found " + std::to_string(options.batch_size));
  if (options.max_turns < 0) throw UsageError("max_turns cannot be negative, found " + std::to_string(options.max_turns));
  session_->limit_turns(options.max_turns);
  Scratch scratch;
  const Device device = model_.device()->id();
  List<TensorView> inputs = conformed(model_, in_order(model_, named, scratch), scratch, &device);
  std::vector<Tensor> converted;
  std::vector<TensorType> types;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const DType type = model_.source().inputs()[i].dtype;
    types.push_back({type, inputs[i].dims});
    if (inputs[i].dtype == type) continue;
    const TensorView& copy = converted.emplace_back(type, inputs[i].dims);
    convert(inputs[i].data, inputs[i].dtype, const_cast<void*>(copy.data), type, inputs[i].dims.elements());
    inputs[i] = copy;
  }
  const int64_t rows = types.empty() || types[0].dims.rank() == 0 ? 1 : types[0].dims[0];
  const int64_t most = std::max<int64_t>(std::min(cut_for(model_, types, options.batch_size).rows, rows), 1);
  NamedDeviceTensors results;
  int64_t start = 0;
  do {  // without rows one run, which makes the results
    if (options.stop.stop_requested())
      throw Cancelled("predict was stopped after " + std::to_string(start) + " of " + std::to_string(rows) + " rows");
    const int64_t now = std::min(most, rows - start);
    run_piece(inputs, start, now, rows, results);
    start += now;
    if (options.progress) options.progress(start, rows);
  } while (start < rows);
  return results;
}

void DeviceCallState::run_piece(std::span<const TensorView> inputs, int64_t start, int64_t rows, int64_t all,
                                NamedDeviceTensors& results) {
  std::vector<TensorView> in;
  std::vector<TensorType> types;
  for (const TensorView& view : inputs) {
    in.push_back(rows == all ? view : part_of(view, start, rows));
    types.push_back({view.dtype, in.back().dims});
  }
  const std::vector<TensorType> computed = session_->prepare(types);
  if (start == 0) make_results(results, computed, all, rows);
  std::vector<MutableView> out;
  for (size_t i = 0; i < results.size(); ++i) {
    DeviceTensor& result = results[i].second;
    const bool is_whole = rows == all;
    const Dims dims = is_whole ? result.dims() : with_rows(result.dims(), rows);
    auto* memory = static_cast<std::byte*>(result.data()) + (is_whole ? 0 : result.bytes() / all * start);
    out.push_back({memory, result.dtype(), dims, result.device()});
  }
  session_->run_in_place(in, out);
}

void DeviceCallState::make_results(NamedDeviceTensors& results, std::span<const TensorType> types, int64_t rows,
                                   int64_t of_piece) const {
  for (size_t i = 0; i < types.size(); ++i) {
    const std::string& name = model_.source().outputs()[i].name;
    const Dims& dims = types[i].dims;
    if (types[i].dtype == DType::string)
      throw UsageError("output \"" + name + "\" holds strings, which a device has no memory for: call predict()");
    if (rows != of_piece && (dims.rank() == 0 || dims[0] != of_piece))
      throw UsageError("output \"" + name + "\" of shape " + dims.to_string() + " has no row per input row, so " +
                       std::to_string(rows) + " rows cannot be computed " + std::to_string(of_piece) +
                       " at a time; pass batch_size = " + std::to_string(rows));
    const Dims all = rows == of_piece ? dims : with_rows(dims, rows);
    auto memory = model_.device()->allocate(std::max<int64_t>(all.elements() * size_of(types[i].dtype), 1));
    results.emplace_back(name, DeviceTensor(model_.device(), std::move(memory), model_.device()->id(), types[i].dtype, all));
  }
}

}  // namespace host

Tensor DeviceTensor::to_host() const {
  Tensor copy(dtype_, dims_);
  const std::unique_ptr<host::Stream> stream = runtime_->make_stream();
  stream->copy_out(copy.data(), memory_.get(), bytes());
  stream->synchronize();
  return copy;
}

namespace {

const Model& runs_on_device(const Model& model) {
  const host::ModelState& state = host::Handles::state(model);
  if (state.device()->shares_host_memory())
    throw UsageError("results in memory of a device need a model on a CUDA device; this one is on " + model.device().to_string() +
                     ": call predict()");
  if (state.source().keeps_states())
    throw UsageError("the model \"" + model.name() + "\" is stateful: use Session::enqueue, which keeps its states");
  return model;
}

}  // namespace

DeviceCall::DeviceCall(const Model& model) : state_(std::make_unique<host::DeviceCallState>(runs_on_device(model))) {}
DeviceCall::DeviceCall(DeviceCall&&) noexcept = default;
DeviceCall& DeviceCall::operator=(DeviceCall&&) noexcept = default;
DeviceCall::~DeviceCall() = default;

CUstream_st* DeviceCall::stream() const noexcept { return host::handle_of(state_->stream()); }
void DeviceCall::wait_for(StreamRef producer) { state_->wait_for(producer.get()); }
NamedDeviceTensors DeviceCall::predict(const NamedViews& inputs, const PredictOptions& options) {
  return host::with_memory_to("run this batch; try a smaller one", [&] { return state_->predict(inputs, options); });
}

}  // namespace keraunos
