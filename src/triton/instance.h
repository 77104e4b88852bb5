// An instance of a served model: computes the requests that Triton passes in one call. Triton calls an instance from one thread
// at a time.
#pragma once

#include <span>
#include <vector>

#include "keraunos/device_call.h"
#include "triton/request.h"
#include "triton/served_model.h"

namespace keraunos::triton {

class Instance {
 public:
  Instance(TRITONBACKEND_ModelInstance* handle, ServedModel& served, Device device)
      : handle_(handle), served_(&served), model_(served.on(device)) {}

  /// Sends the response of each request and releases it. If an exception is thrown, no request is changed.
  void execute(std::span<TRITONBACKEND_Request* const> requests);

 private:
  struct Pending {
    TRITONBACKEND_Request* request = nullptr;
    TRITONBACKEND_Response* response = nullptr;
    std::vector<InputParts> inputs{};
    bool answered = false;
  };
  struct Times {
    uint64_t begun = 0, compute_begun = 0, compute_ended = 0, ended = 0;
  };

  std::vector<Pending> with_responses(std::span<TRITONBACKEND_Request* const> requests) const;
  void read(Pending& pending, Times times) noexcept;
  /// The requests from `first` on that can be computed together with it.
  std::vector<Pending*> group(std::vector<Pending>& all, size_t first) const;
  void compute(std::span<Pending* const> together, Times times) noexcept;
  void compute_all(std::span<Pending* const> together, Times& times);
  /// The inputs of all of them, where they lie; with `on_host` in memory of the host.
  NamedViews views(std::span<Pending* const> together, bool on_host);
  TensorView view(std::span<Pending* const> together, size_t input, bool on_host);
  /// The bytes of these buffers one after the other, in the place of `view`.
  TensorView gathered(const std::vector<const Part*>& parts, size_t input, TensorView view);
  /// Owns what `views` refers to.
  struct Results {
    Named on_host{};
    NamedDeviceTensors on_device{};
    NamedViews views{};
  };
  Results results_of(std::span<Pending* const> together, const NamedViews& inputs);
  void answer(Pending& pending, TRITONSERVER_Error* error, const Times& times) const noexcept;

  TRITONBACKEND_ModelInstance* handle_;
  ServedModel* served_;
  Model model_;
  Gpus gpus_;
  // One per input; the memory is reused by later calls.
  std::vector<std::vector<std::byte>> gathered_;
  std::vector<std::pair<std::shared_ptr<void>, int64_t>> on_gpu_;  // and its bytes
  std::vector<std::vector<std::string_view>> texts_;
};

}  // namespace keraunos::triton
