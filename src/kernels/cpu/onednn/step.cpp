#include "kernels/cpu/onednn/step.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "keraunos/error.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/onednn/parts.h"
#include "kernels/cpu/onednn/primitive.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/product_shape.h"

namespace keraunos::cpu::onednn {
namespace {

const char* kind_of(const Geometry& g) {
  if (g.groups > 1) return "depthwise";
  return g.terms() == g.channels && g.in[1] == 1 ? "product" : "convolution";
}

class ConvolutionStep final : public host::Step {
 public:
  ConvolutionStep(const Task& task, const Geometry& whole, const host::Program& epilogue, int threads, const Parts& parts)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        epilogue_(epilogue, task.out().shape, epilogue_shapes(task), task.cpu),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        parts_(parts.all),
        threads_(threads) {
    const OneThread one;
    dnnl::memory::desc weights;
    for (const Geometry& kind : parts.kinds) {
      primitives_.emplace_back(engine_, kind, epilogue_.bias() >= 0, primitives_.empty() ? nullptr : &weights);
      if (primitives_.size() == 1) weights = primitives_[0].weights();
      const std::string name = primitives_.back().name();
      // Otherwise it is much slower than our kernels.
      const bool machine_code = !name.starts_with("ref") && !name.starts_with("gemm");
      if (!machine_code && task.cpu.onednn == OneDnn::where_faster)
        throw dnnl::error(dnnl_unimplemented, "no machine code for it");
      scratch_bytes_ = std::max(scratch_bytes_, aligned(primitives_.back().scratch_bytes()));
    }
    kernel = std::string(kind_of(whole)) + " onednn " + primitives_[0].name() + " in " + std::to_string(parts_.size()) +
             (parts_.size() == 1 ? " part" : " parts");
    packed_ = packed_kernel(task, engine_, whole, weights);
    scratch_bytes_ += aligned(epilogue_.scratch_bytes());
    workspace_bytes = scratch_bytes_ * threads_;
  }

  void enqueue(const host::Operands& operands) const override {
    const auto* x = static_cast<const float*>(operands.in[0]);
    const auto* bias =
        epilogue_.bias() < 0 ? nullptr : static_cast<const float*>(operands.in[2 + static_cast<size_t>(epilogue_.bias())]);
    auto* y = static_cast<float*>(operands.out[0]);
    const Lent lent(*this);
    std::atomic<int> failed = dnnl_success;
    share_out(workers_.get(), threads_, static_cast<int64_t>(parts_.size()), [&](int64_t first, int64_t last, int thread) {
      const OneThread one;
      std::byte* scratch = static_cast<std::byte*>(operands.workspace) + thread * scratch_bytes_;
      for (int64_t i = first; i < last; ++i) {
        const Part& part = parts_[static_cast<size_t>(i)];
        Arguments& arguments = lent.of(thread, part.kind);
        const dnnl_status_t set = arguments.set(x + part.x, bias, y + part.y, scratch + aligned(epilogue_.scratch_bytes()));
        const dnnl_status_t status = set == dnnl_success ? primitives_[part.kind].run(stream_, arguments) : set;
        if (status != dnnl_success) failed = status;
        if (epilogue_.clamp<float>().on) kernels_.clamp_f32(y + part.y, part.elements, epilogue_.clamp<float>());
        epilogue_.apply(operands.in.subspan(2), y, scratch, part.y, part.y + part.elements);
      }
    });
    if (failed != dnnl_success)
      throw DeviceError("oneDNN could not run a convolution on the CPU (its status " + std::to_string(failed) + ")");
  }

 private:
  using Set = std::vector<Arguments>;  // by thread, then by primitive

  /// A set of arguments for one call: an idle one, else a new one.
  class Lent {
   public:
    explicit Lent(const ConvolutionStep& step) : step_(step), set_(step.take()) {}
    ~Lent() { step_.put_back(std::move(set_)); }
    Lent(const Lent&) = delete;
    Arguments& of(int thread, size_t primitive) const {
      return (*set_)[static_cast<size_t>(thread) * step_.primitives_.size() + primitive];
    }

   private:
    const ConvolutionStep& step_;
    std::unique_ptr<Set> set_;
  };

  std::unique_ptr<Set> take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Set> set = std::move(idle_.back());
        idle_.pop_back();
        return set;
      }
    }
    std::unique_ptr<Set> set = new_set();
    const std::lock_guard lock(mutex_);
    idle_.reserve(++sets_);
    return set;
  }

  std::unique_ptr<Set> new_set() const {
    auto set = std::make_unique<Set>();
    try {
      for (int thread = 0; thread < threads_; ++thread) {
        for (const Primitive& primitive : primitives_) set->push_back(primitive.arguments(engine_, packed_.get()));
      }
    } catch (const dnnl::error& e) {
      throw DeviceError(std::string("oneDNN could not prepare a call on the CPU: ") + e.what());
    }
    return set;
  }

  void put_back(std::unique_ptr<Set> set) const noexcept {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(set));
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  Epilogue epilogue_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Part> parts_;
  int threads_;
  std::vector<Primitive> primitives_;
  std::shared_ptr<const void> packed_;
  int64_t scratch_bytes_ = 0;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Set>> idle_;  // has capacity for all sets
  mutable size_t sets_ = 0;
};

}  // namespace

StepPointer make_step(const Task& task, const Geometry& geometry, const host::Program& epilogue) {
  const bool floats =
      task.in(0).dtype == DType::float32 && task.in(1).dtype == DType::float32 && task.out().dtype == DType::float32;
  if (!floats || !task.graph.is_constant(task.node.in[1]) || !worth_it(task.cpu, geometry)) return nullptr;
  const double nanoseconds = convolution_nanoseconds(geometry.multiplications(), geometry.groups > 1);
  const int threads = threads_for(task.cpu.threads, geometry.batch * geometry.out[0], nanoseconds);
  const Parts parts = cut(geometry, threads);
  if (parts.kinds.size() > kMostKinds) return nullptr;
  try {
    return std::make_unique<ConvolutionStep>(task, geometry, epilogue, threads, parts);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_out_of_memory) throw DeviceError("no memory for a convolution of oneDNN's on the CPU");
    return nullptr;  // not implemented
  }
}

}  // namespace keraunos::cpu::onednn
