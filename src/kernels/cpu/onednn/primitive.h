// One convolution as compiled by oneDNN, for the calling thread.
#pragma once

#include <array>
#include <dnnl.hpp>
#include <memory>
#include <string>

#include "kernels/cpu/onednn/geometry.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu::onednn {

/// During its lifetime oneDNN makes and runs everything on the calling thread.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;

 private:
  int before_;
};

/// The memory objects that one run of a primitive reads and writes; their addresses are set before each run.
class Arguments {
 public:
  Arguments(const dnnl::engine& engine, const dnnl::convolution_forward::primitive_desc& made, const void* weights, bool bias);
  dnnl_status_t set(const float* x, const float* bias, float* y, void* scratch);
  const std::array<dnnl_exec_arg_t, 5>& all() const noexcept { return all_; }

 private:
  dnnl::memory x_, weights_, y_, scratch_, bias_;
  std::array<dnnl_exec_arg_t, 5> all_;
};

class Primitive {
 public:
  /// `weights`: the layout of the kernel; absent: oneDNN chooses. Throws dnnl::error where oneDNN does not support the
  /// convolution.
  Primitive(const dnnl::engine& engine, const Geometry& geometry, bool bias, const dnnl::memory::desc* weights);

  dnnl::memory::desc weights() const { return made_.weights_desc(); }
  int64_t scratch_bytes() const { return static_cast<int64_t>(made_.scratchpad_desc().get_size()); }
  std::string name() const { return made_.impl_info_str(); }
  Arguments arguments(const dnnl::engine& engine, const void* weights) const { return {engine, made_, weights, bias_}; }
  /// Several threads may run it at once, each with its own arguments.
  dnnl_status_t run(const dnnl::stream& stream, const Arguments& arguments) const;

 private:
  bool bias_;
  dnnl::convolution_forward::primitive_desc made_;
  dnnl::convolution_forward run_;
};

/// The kernel in the layout that primitives read. All plans share it, for every batch size.
std::shared_ptr<const void> packed_kernel(const Task& task, const dnnl::engine& engine, const Geometry& geometry,
                                          const dnnl::memory::desc& layout);

}  // namespace keraunos::cpu::onednn
