#include "triton/instance.h"

#include <algorithm>
#include <chrono>

#include "keraunos/batching.h"
#include "keraunos/error.h"
#include "triton/calls.h"

namespace keraunos::triton {
namespace {

uint64_t now() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

bool equal_rows(const Dims& a, const Dims& b) {
  return a.rank() == b.rank() && a.rank() > 0 && std::equal(a.begin() + 1, a.end(), b.begin() + 1);
}

// The one place of all buffers; memory of the host where there are several.
Device common_place(const std::vector<const Part*>& parts) {
  const auto elsewhere = [&](const Part* part) { return part->where != parts[0]->where; };
  return parts.empty() || std::ranges::any_of(parts, elsewhere) ? Device{} : parts[0]->where;
}

void refuse_cancelled(TRITONBACKEND_Request* request) {
  bool cancelled = false;
  check(TRITONBACKEND_RequestIsCancelled(request, &cancelled), "TRITONBACKEND_RequestIsCancelled");
  if (cancelled) throw Cancelled("the request was cancelled before it was computed");
}

}  // namespace

std::vector<Instance::Pending> Instance::with_responses(std::span<TRITONBACKEND_Request* const> requests) const {
  std::vector<Pending> all(requests.size());
  try {
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].request = requests[i];
      check(TRITONBACKEND_ResponseNew(&all[i].response, requests[i]), "TRITONBACKEND_ResponseNew");
    }
  } catch (...) {
    for (const Pending& pending : all) {
      if (pending.response != nullptr) ignore(TRITONBACKEND_ResponseDelete(pending.response));
    }
    throw;
  }
  return all;
}

void Instance::execute(std::span<TRITONBACKEND_Request* const> requests) {
  const Times times{.begun = now()};
  std::vector<Pending> all = with_responses(requests);  // the backend owns the requests from here on
  for (Pending& pending : all) read(pending, times);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].answered) continue;
    Pending* alone = &all[i];
    std::vector<Pending*> together;
    try {
      together = group(all, i);
    } catch (...) {  // a fault in its shapes is reported when it is computed
      together.clear();
    }
    compute(together.empty() ? std::span<Pending* const>(&alone, 1) : std::span<Pending* const>(together), times);
  }
}

void Instance::read(Pending& pending, Times times) noexcept {
  TRITONSERVER_Error* error = guarded([&] {
    refuse_cancelled(pending.request);
    pending.inputs = inputs_of(pending.request, served_->described().inputs, gpus_);
  });
  if (error != nullptr) answer(pending, error, times);
}

std::vector<Instance::Pending*> Instance::group(std::vector<Pending>& all, size_t first) const {
  std::vector<Pending*> together = {&all[first]};
  if (!served_->batched()) return together;
  for (size_t i = first + 1; i < all.size(); ++i) {
    const auto same = [](const InputParts& a, const InputParts& b) { return equal_rows(a.dims, b.dims); };
    if (!all[i].answered && std::ranges::equal(all[first].inputs, all[i].inputs, same)) together.push_back(&all[i]);
  }
  if (together.size() == 1) return together;
  std::vector<Dims> dims;
  for (const InputParts& input : all[first].inputs) dims.push_back(input.dims);
  if (!rows_are_independent(model_, dims)) together.resize(1);
  return together;
}

TensorView Instance::view(std::span<Pending* const> together, size_t input, bool on_host) {
  const TensorSpec& spec = served_->described().inputs[input];
  const InputParts& first = together[0]->inputs[input];
  std::vector<int64_t> sizes(first.dims.begin(), first.dims.end());
  for (size_t i = 1; i < together.size(); ++i) sizes[0] += together[i]->inputs[input].dims[0];
  const Dims dims{std::span<const int64_t>(sizes)};
  if (spec.dtype == DType::string) {
    std::vector<std::string_view>& texts = texts_[input];
    texts.clear();
    for (const Pending* pending : together)
      texts.insert(texts.end(), pending->inputs[input].texts.begin(), pending->inputs[input].texts.end());
    return {texts, dims};
  }
  std::vector<const Part*> parts;
  for (const Pending* pending : together) {
    for (const Part& part : pending->inputs[input].parts) parts.push_back(&part);
  }
  const Device common = common_place(parts), where = on_host || common != model_.device() ? Device{} : common;
  if (parts.size() == 1 && common == where) {
    const void* data = parts[0]->bytes.data();
    const bool is_aligned = reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(size_of(spec.dtype)) == 0;
    // The library reads unaligned memory of the host, but no such memory of a GPU.
    if (where == Device{} || is_aligned) return {data, spec.dtype, dims, where};
  }
  return gathered(parts, input, {nullptr, spec.dtype, dims, where});
}

TensorView Instance::gathered(const std::vector<const Part*>& parts, size_t input, TensorView view) {
  const bool on_gpu = view.where.kind == Device::cuda;
  auto& [memory, size] = on_gpu_[input];
  if (on_gpu && size < view.bytes()) {
    memory = gpus_.of(view.where.index, "an input").allocate(view.bytes());
    size = view.bytes();
  } else if (!on_gpu) {
    gathered_[input].resize(static_cast<size_t>(view.bytes()));
  }
  auto* to = on_gpu ? static_cast<std::byte*>(memory.get()) : gathered_[input].data();
  view.data = to;
  for (const Part* part : parts) {
    gpus_.copy(to, view.where, part->bytes.data(), part->where, static_cast<int64_t>(part->bytes.size()));
    to += part->bytes.size();
  }
  gpus_.wait();
  return view;
}

NamedViews Instance::views(std::span<Pending* const> together, bool on_host) {
  const std::vector<TensorSpec>& specs = served_->described().inputs;
  gathered_.resize(specs.size());
  on_gpu_.resize(specs.size());
  texts_.resize(specs.size());
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i) views.emplace_back(specs[i].name, view(together, i, on_host));
  return views;
}

// Results stay on the GPU where an input lies there. Some cannot (texts, states, shapes that depend on data): DeviceCall refuses
// these, and they are computed by way of the host, where an error of the request itself is found again.
Instance::Results Instance::results_of(std::span<Pending* const> together, const NamedViews& inputs) {
  const auto is_on_gpu = [](const auto& input) { return input.second.where.kind == Device::cuda; };
  const bool on_gpu = std::ranges::any_of(inputs, is_on_gpu);
  Results results;
  if (on_gpu) {
    try {
      results.on_device = DeviceCall(model_).predict(inputs);
      for (const auto& [name, tensor] : results.on_device) results.views.emplace_back(name, tensor);
      return results;
    } catch (const UsageError&) {
    }
  }
  results.on_host = model_.predict(on_gpu ? views(together, true) : inputs);
  for (const auto& [name, tensor] : results.on_host) results.views.emplace_back(name, tensor);
  return results;
}

void Instance::compute_all(std::span<Pending* const> together, Times& times) {
  const NamedViews inputs = views(together, false);
  const int64_t rows = served_->batched() && !inputs.empty() && inputs[0].second.dims.rank() > 0 ? inputs[0].second.dims[0] : 1;
  times.compute_begun = now();
  const Results results = results_of(together, inputs);
  times.compute_ended = now();
  int64_t first = 0;
  for (Pending* pending : together) {
    const int64_t own = together.size() == 1 ? -1 : pending->inputs[0].dims[0];
    TRITONSERVER_Error* error =
        guarded([&] { write_outputs(pending->request, pending->response, results.views, first, own, gpus_); });
    first += own;
    times.ended = now();
    answer(*pending, error, times);
  }
  ignore(TRITONBACKEND_ModelInstanceReportBatchStatistics(handle_, static_cast<uint64_t>(rows), times.begun, times.compute_begun,
                                                          times.compute_ended, now()));
}

// One request with invalid values must not fail the others, so each is then computed by itself.
void Instance::compute(std::span<Pending* const> together, Times times) noexcept {
  TRITONSERVER_Error* error = guarded([&] { compute_all(together, times); });
  if (error == nullptr) return;
  if (together.size() == 1) return answer(*together[0], error, times);
  ignore(error);
  for (Pending* const& pending : together) {
    if (!pending->answered) compute({&pending, 1}, times);
  }
}

void Instance::answer(Pending& pending, TRITONSERVER_Error* error, const Times& times) const noexcept {
  pending.answered = true;
  ignore(TRITONBACKEND_ResponseSend(pending.response, TRITONSERVER_RESPONSE_COMPLETE_FINAL, error));
  ignore(TRITONBACKEND_ModelInstanceReportStatistics(handle_, pending.request, error == nullptr, times.begun, times.compute_begun,
                                                     times.compute_ended, times.ended));
  ignore(TRITONBACKEND_RequestRelease(pending.request, TRITONSERVER_REQUEST_RELEASE_ALL));
  ignore(error);
}

}  // namespace keraunos::triton
