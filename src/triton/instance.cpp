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

void Instance::read(Pending& pending, Times times) const noexcept {
  TRITONSERVER_Error* error = guarded([&] {
    refuse_cancelled(pending.request);
    pending.inputs = inputs_of(pending.request, served_->described().inputs);
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

TensorView Instance::view(std::span<Pending* const> together, size_t input) {
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
  if (together.size() == 1 && first.parts.size() == 1) return {first.parts[0].data(), spec.dtype, dims};
  std::vector<std::byte>& bytes = gathered_[input];
  bytes.clear();
  for (const Pending* pending : together) {
    for (const std::span<const std::byte> part : pending->inputs[input].parts)
      bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return {bytes.data(), spec.dtype, dims};
}

NamedViews Instance::views(std::span<Pending* const> together) {
  const std::vector<TensorSpec>& specs = served_->described().inputs;
  gathered_.resize(specs.size());
  texts_.resize(specs.size());
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i) views.emplace_back(specs[i].name, view(together, i));
  return views;
}

void Instance::compute_all(std::span<Pending* const> together, Times& times) {
  const NamedViews inputs = views(together);
  const int64_t rows = served_->batched() && !inputs.empty() && inputs[0].second.dims.rank() > 0 ? inputs[0].second.dims[0] : 1;
  times.compute_begun = now();
  const Named results = model_.predict(inputs);
  times.compute_ended = now();
  int64_t first = 0;
  for (Pending* pending : together) {
    const int64_t own = together.size() == 1 ? -1 : pending->inputs[0].dims[0];
    TRITONSERVER_Error* error = guarded([&] { write_outputs(pending->request, pending->response, results, first, own); });
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
