// The result is cut into parts that stay in a core's cache for what follows them (a clamp, an epilogue of ours, whose functions
// have our precision): some lines of an image, or some images. A part is a smaller convolution with its own padding; few of them
// differ, and those that are alike share a primitive.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "keraunos/error.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/onednn/primitive.h"
#include "kernels/cpu/parallel.h"

namespace keraunos::cpu::onednn {
namespace {

struct Part {
  size_t primitive;
  int64_t x, y, elements;  // offsets into input and result, and how much of the result
};

int64_t input_elements(const Geometry& g) { return g.in[0] * g.in[1] * g.channels; }
int64_t weight_elements(const Geometry& g) { return g.size[0] * g.size[1] * g.channels / g.groups * g.filters; }
int64_t result_elements(const Geometry& g) { return g.out[0] * g.out[1] * g.filters; }

// Lines first … last−1 of the result of one image, and where their input starts.
std::pair<Geometry, int64_t> lines_of(const Geometry& whole, int64_t first, int64_t last) {
  const int64_t begin = first * whole.stride[0] - whole.low[0];
  const int64_t end = (last - 1) * whole.stride[0] - whole.low[0] + (whole.size[0] - 1) * whole.dilation[0] + 1;
  Geometry part = whole;
  part.batch = 1;
  part.low[0] = std::max<int64_t>(-begin, 0), part.high[0] = std::max<int64_t>(end - whole.in[0], 0);
  part.in[0] = end - begin - part.low[0] - part.high[0];
  part.out[0] = last - first;
  return {part, std::max<int64_t>(begin, 0) * whole.in[1] * whole.channels};
}

class Cut {
 public:
  Cut(const Geometry& whole, int threads) : whole_(whole) {
    // Every part reads all weights, so there should be more results than weights.
    const int64_t most = std::max<int64_t>(48 * 1024, 2 * weight_elements(whole));
    const int64_t image = result_elements(whole), images = std::max<int64_t>(most / image, 1);
    const int64_t shares = (whole.batch + threads - 1) / threads;
    if (image <= most && whole.batch >= threads)
      whole_images(std::min(images, shares));
    else
      lines(threads, most);
  }

  std::vector<Geometry> kinds;
  std::vector<Part> parts;

 private:
  void add(const Geometry& kind, int64_t x, int64_t y) {
    const auto found = std::find(kinds.begin(), kinds.end(), kind);
    const auto index = static_cast<size_t>(found - kinds.begin());
    if (found == kinds.end()) kinds.push_back(kind);
    parts.push_back({index, x, y, kind.batch * result_elements(kind)});
  }

  void whole_images(int64_t each) {
    for (int64_t image = 0; image < whole_.batch; image += each) {
      Geometry part = whole_;
      part.batch = std::min(each, whole_.batch - image);
      add(part, image * input_elements(whole_), image * result_elements(whole_));
    }
  }

  void lines(int threads, int64_t elements) {
    const int64_t line = whole_.out[1] * whole_.filters;
    const int64_t least = (threads + whole_.batch - 1) / whole_.batch;  // of an image's parts
    int64_t count = std::max<int64_t>((result_elements(whole_) + elements - 1) / elements, least);
    count = (count + least - 1) / least * least;
    const int64_t each = (whole_.out[0] + count - 1) / count;
    for (int64_t image = 0; image < whole_.batch; ++image) {
      for (int64_t first = 0; first < whole_.out[0]; first += each) {
        const auto [part, x] = lines_of(whole_, first, std::min(first + each, whole_.out[0]));
        add(part, image * input_elements(whole_) + x, image * result_elements(whole_) + first * line);
      }
    }
  }

  const Geometry& whole_;
};

class ConvolutionStep final : public host::Step {
 public:
  ConvolutionStep(const Task& task, const Geometry& whole, const host::Program& epilogue)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        epilogue_(epilogue, task.out().shape, epilogue_shapes(task), task.cpu),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_) {
    const OneThread one;
    constexpr double kNanoseconds = 0.011;  // a multiplication
    threads_ = threads_for(task.cpu.threads, whole.batch * whole.out[0], whole.multiplications() * kNanoseconds);
    Cut cut(whole, threads_);
    parts_ = std::move(cut.parts);
    dnnl::memory::desc weights;
    for (const Geometry& kind : cut.kinds) {
      primitives_.emplace_back(engine_, kind, epilogue_.bias() >= 0, primitives_.empty() ? nullptr : &weights);
      if (primitives_.size() == 1) weights = primitives_[0].weights();
      scratch_bytes_ = std::max(scratch_bytes_, aligned(primitives_.back().scratch_bytes()));
    }
    if (task.cpu.onednn == OneDnn::where_faster && !primitives_[0].name().starts_with("jit")) {
      throw dnnl::error(dnnl_unimplemented, "no machine code of its own");  // slower than ours by far
    }
    kernel = "convolution onednn " + primitives_[0].name();
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
        Arguments& arguments = lent.of(thread, part.primitive);
        arguments.set(x + part.x, bias, y + part.y, scratch + aligned(epilogue_.scratch_bytes()));
        const dnnl_status_t status = primitives_[part.primitive].run(stream_, arguments);
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

  /// A set of arguments for one call: of those that no other call uses, else a new one.
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
    auto set = std::make_unique<Set>();
    for (int thread = 0; thread < threads_; ++thread) {
      for (const Primitive& primitive : primitives_) set->push_back(primitive.arguments(engine_, packed_.get()));
    }
    return set;
  }

  void put_back(std::unique_ptr<Set> set) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(set));
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  Epilogue epilogue_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Primitive> primitives_;
  std::vector<Part> parts_;
  std::shared_ptr<const void> packed_;
  int64_t scratch_bytes_ = 0;
  int threads_ = 1;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Set>> idle_;
};

StepPointer make_step(const Task& task, const Geometry& geometry, const host::Program& epilogue) {
  const bool floats =
      task.in(0).dtype == DType::float32 && task.in(1).dtype == DType::float32 && task.out().dtype == DType::float32;
  if (!floats || !task.graph.is_constant(task.node.in[1]) || !worth_it(task.cpu, geometry)) return nullptr;
  try {
    return std::make_unique<ConvolutionStep>(task, geometry, epilogue);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_out_of_memory) throw DeviceError("no memory for a convolution of oneDNN's on the CPU");
    return nullptr;  // not implemented
  }
}

// The extents that oneDNN derives a result from must give ours.
bool agrees(const Geometry& g, int axis) {
  const int64_t reach = (g.size[axis] - 1) * g.dilation[axis] + 1;
  const int64_t room = g.in[axis] + g.low[axis] + g.high[axis] - reach;
  return room >= 0 && room / g.stride[axis] + 1 == g.out[axis] && g.low[axis] < reach && g.high[axis] < reach;
}

}  // namespace

StepPointer make_convolution(const Task& task, const WindowShape& w, int64_t groups, const host::Program& epilogue) {
  if (w.in[0] != 1 || w.out[0] != 1 || w.size[0] != 1 || w.low[0] != 0) return nullptr;
  Geometry g{.batch = w.batch, .channels = w.channels, .filters = w.filters, .groups = groups};
  for (int axis = 0; axis < 2; ++axis) {
    const int from = axis + 1;
    g.in[axis] = w.in[from], g.out[axis] = w.out[from], g.size[axis] = w.size[from], g.stride[axis] = w.stride[from];
    g.dilation[axis] = w.dilation[from], g.low[axis] = w.low[from];
    const int64_t end = (w.out[from] - 1) * w.stride[from] - w.low[from] + (w.size[from] - 1) * w.dilation[from] + 1;
    g.high[axis] = std::max<int64_t>(end - w.in[from], 0);
    if (!agrees(g, axis)) return nullptr;
  }
  return make_step(task, g, epilogue);
}

StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue) {
  if (shape.batch != 1) return nullptr;
  Geometry g{.channels = shape.k, .filters = shape.n, .transposed = transpose_b};
  g.in[0] = g.out[0] = shape.m;
  return make_step(task, g, epilogue);
}

}  // namespace keraunos::cpu::onednn
