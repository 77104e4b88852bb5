#include "keraunos/session.h"

#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "host/run/predict.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

constexpr const char *kPrepare = "prepare these shapes; try a smaller batch", *kRun = "run this batch; try a smaller one";

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

// A session does not convert: that would need memory, and the host cannot read memory of the device here.
void check_exact(const host::ModelState& model, std::span<const TensorView> in, std::span<const MutableView> out) {
  const auto& specs = model.source().inputs();
  if (in.size() != specs.size() || out.size() != model.source().outputs().size()) {
    throw UsageError("the model has " + counted(specs.size(), "input") + " and " +
                     counted(model.source().outputs().size(), "output") + ", found " + std::to_string(in.size()) + " and " +
                     std::to_string(out.size()));
  }
  for (size_t i = 0; i < in.size(); ++i) {
    bool fits = in[i].dtype == specs[i].dtype && in[i].dims.rank() == static_cast<int>(specs[i].shape.size());
    for (int axis = 1; fits && axis < in[i].dims.rank(); ++axis) {
      const auto& extent = specs[i].shape[static_cast<size_t>(axis)];
      fits = !extent || *extent == in[i].dims[axis];
    }
    if (fits) continue;
    throw UsageError("input \"" + specs[i].name + "\" expects " + specs[i].to_string() + ", found " + in[i].dims.to_string() +
                     ' ' + std::string(name_of(in[i].dtype)));
  }
}

// In run() the host reads inputs and writes outputs, and a device reaches only its own memory.
void check_place(const char* what, size_t index, const Device& where, const Device& device, bool waits) {
  if (where.kind == Device::cpu || (!waits && where == device)) return;
  throw UsageError(what + (' ' + std::to_string(index)) + " lies on " + where.to_string() +
                   (waits ? ", but run() reads and writes memory of the CPU: use enqueue()"
                          : ", but the model runs on " + device.to_string()));
}

void check_places(const host::ModelState& model, std::span<const TensorView> in, std::span<const MutableView> out, bool waits) {
  const Device device = model.device()->id();
  for (size_t i = 0; i < in.size(); ++i) check_place("input", i, in[i].where, device, waits);
  for (size_t i = 0; i < out.size(); ++i) check_place("output", i, out[i].where, device, waits);
}

}  // namespace

Session::Session(const std::shared_ptr<const host::ModelState>& model)
    : state_(std::make_unique<host::SessionState>(*model, model)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

void Session::reserve(std::span<const Dims> inputs) {
  host::with_memory_to(kPrepare, [&] { state_->prepare(host::types_for(state_->model(), inputs)); });
}

std::vector<TensorSpec> Session::outputs_for(std::span<const Dims> inputs) {
  std::vector<TensorSpec> specs = state_->model().source().outputs();
  const std::vector<TensorType> types =
      host::with_memory_to(kPrepare, [&] { return state_->prepare(host::types_for(state_->model(), inputs)); });
  for (size_t i = 0; i < specs.size(); ++i) {
    specs[i].dtype = types[i].dtype;
    specs[i].shape.assign(types[i].dims.begin(), types[i].dims.end());
  }
  return specs;
}

void Session::run(std::span<const TensorView> in, std::span<const MutableView> out) {
  check_exact(state_->model(), in, out);
  check_places(state_->model(), in, out, true);
  host::with_memory_to(kRun, [&] { state_->run(in, out); });
}

void Session::enqueue(std::span<const TensorView> in, std::span<const MutableView> out, StreamRef stream) {
  if (state_->model().device()->shares_host_memory()) {
    throw UsageError("enqueue needs a model on a CUDA device; this one is on " + state_->model().device()->name() +
                     ": use run()");
  }
  check_exact(state_->model(), in, out);
  check_places(state_->model(), in, out, false);
  host::with_memory_to(kRun, [&] { state_->enqueue(in, out, stream.get()); });
}

void Session::check() { state_->check(); }
void Session::reset_states() { state_->reset_states(); }
Named Session::states() const { return state_->states(); }
void Session::set_states(const NamedViews& states) {
  for (const auto& [name, view] : states) {
    if (view.where.kind != Device::cpu)
      throw UsageError("state \"" + name + "\" lies on " + view.where.to_string() + ", but memory of the CPU is read here");
  }
  state_->set_states(states);
}

}  // namespace keraunos
