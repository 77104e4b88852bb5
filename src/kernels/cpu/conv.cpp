// Convolutions, channels last, of any float type. Four ways:
//   1 × 1 with stride 1   a matrix product over all positions (matmul.cpp);
//   depthwise             channels fill the vectors (isa/depthwise.h);
//   anything else         the taps of a block of output positions are laid side by side ("im2col") while they fit the cache, and one
//                         product per group gives the block's results.
// 16-bit tensors are widened to float and rounded once; then the epilogue runs in their type.
#include <algorithm>
#include <vector>

#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/window_shape.h"

namespace keraunos::cpu {
namespace {

constexpr int64_t kMaxDepthwiseTaps = 512;

void run_depthwise(const Kernels& kernels, const Depthwise<float>& d) { kernels.depthwise_f32(d); }
void run_depthwise(const Kernels& kernels, const Depthwise<double>& d) { kernels.depthwise_f64(d); }

template <class T>
class ConvStep final : public host::Step {
 public:
  ConvStep(const Task& task, const host::Conv& op)
      : kernels_(*task.cpu.kernels),
        w_(window_shape(task.in(0).shape, task.out().shape, op.window)),
        groups_(op.groups),
        type_(task.in(0).dtype),
        epilogue_(op.epilogue, task.out().shape, epilogue_shapes(task), task.cpu) {
    depthwise_ = groups_ == w_.channels && w_.filters == w_.channels && w_.taps() <= kMaxDepthwiseTaps;
    depth_ = w_.taps() * (w_.channels / groups_);
    width_ = w_.filters / groups_;
    panel_ = panel_of<T>(kernels_);
    group_packed_ = packed_elements(depth_, width_, panel_);
    if (task.graph.is_constant(task.node.in[1])) {
      const std::string layout = (depthwise_ ? "taps " : "conv panels of " + std::to_string(panel_) + " groups ") + std::to_string(groups_);
      packed_ = task.constants.packed(task.node.in[1], layout + std::string(name_of(type_)), [&](const Tensor& saved) {
        const std::shared_ptr<void> memory = allocate_aligned(weights_elements() * size());
        const std::shared_ptr<void> wide = allocate_aligned(widened() ? saved.dims().elements() * size() : 0);
        pack(static_cast<T*>(memory.get()), saved.data(), static_cast<T*>(wide.get()));
        return std::shared_ptr<const void>(memory);
      });
    }
    choose_blocks(task.cpu.threads);
    lay_out_workspace(host::elements_of(task.in(1).shape));
    kernel = (depthwise_ ? "depthwise " : "convolution ") + std::string(kernels_.name);
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const Call call{.x = widen(operands.in[0], reinterpret_cast<T*>(workspace + x_at_), x_elements()),
                    .weights = weights(operands.in[1], workspace),
                    .bias = epilogue_.bias() < 0 ? nullptr : static_cast<const T*>(operands.in[2 + static_cast<size_t>(epilogue_.bias())]),
                    .result = widened() ? reinterpret_cast<T*>(workspace + result_at_) : static_cast<T*>(operands.out[0])};
    if (positions() * w_.filters == 0) return;
    const int64_t blocks = (positions() + block_ - 1) / block_;
    share_out(threads_, blocks, [&](int64_t first, int64_t last, int thread) {
      std::byte* scratch = workspace + thread * scratch_bytes_;
      for (int64_t block = first; block < last; ++block) {
        const int64_t begin = block * block_, end = std::min(begin + block_, positions());
        if (depthwise_) depthwise_block(call, begin, end);
        else product_block(call, reinterpret_cast<T*>(scratch + aligned(epilogue_.scratch_bytes())), begin, end);
        finish(call, operands, scratch, begin * w_.filters, end * w_.filters);
      }
    });
  }

 private:
  struct Call {
    const T* x;
    const T* weights;
    const T* bias;
    T* result;
  };
  static constexpr int64_t size() noexcept { return static_cast<int64_t>(sizeof(T)); }
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }
  int64_t positions() const noexcept { return w_.batch * w_.out_positions(); }
  int64_t x_elements() const noexcept { return w_.batch * w_.in_positions() * w_.channels; }
  int64_t weights_elements() const noexcept { return depthwise_ ? w_.taps() * w_.channels : groups_ * group_packed_; }

  void choose_blocks(int threads) {
    const double macs = static_cast<double>(positions()) * static_cast<double>(w_.filters) * static_cast<double>(depth_);
    if (depthwise_) {
      block_ = std::max<int64_t>(w_.out[2], 1);  // whole rows
    } else {
      const int64_t fitting = std::max<int64_t>(65536 / std::max<int64_t>(depth_, 1), 1);
      block_ = std::clamp<int64_t>(fitting / 12 * 12, 24, 96);
    }
    const int64_t blocks = (positions() + block_ - 1) / block_;
    threads_ = threads_for(threads, blocks, macs * (sizeof(T) == 4 ? 0.05 : 0.1) * (depthwise_ ? 4 : 1));
    // Few blocks: cut them so that every thread has its share.
    if (!depthwise_ && threads_ > 1 && blocks < 4 * threads_) {
      const int64_t share = (positions() + threads_ - 1) / threads_;
      block_ = std::clamp<int64_t>((share + 11) / 12 * 12, 12, block_);
    }
  }

  void lay_out_workspace(int64_t kernel_elements) {
    scratch_bytes_ = aligned(epilogue_.scratch_bytes()) + (depthwise_ ? 0 : aligned(block_ * depth_ * size()));
    int64_t at = scratch_bytes_ * threads_;
    const auto reserve = [&](int64_t elements) {
      const int64_t here = at;
      at += aligned(elements * size());
      return here;
    };
    x_at_ = reserve(widened() ? x_elements() : 0);
    result_at_ = reserve(widened() ? positions() * w_.filters : 0);
    weights_at_ = reserve(packed_ ? 0 : weights_elements());
    wide_at_ = reserve(!packed_ && widened() ? kernel_elements : 0);
    workspace_bytes = at;
  }

  const T* widen(const void* from, T* to, int64_t elements) const {
    if (!widened()) return static_cast<const T*>(from);
    kernels_.load[static_cast<int>(type_)](to, from, elements);
    return to;
  }

  // The kernel is (taps, channels / groups, filters): for each group a matrix (depth, width) with rows of `filters` elements.
  void pack(T* to, const void* from, T* wide) const {
    const T* values = widen(from, wide, depth_ * w_.filters);
    if (depthwise_) {
      std::copy_n(values, w_.taps() * w_.channels, to);
      return;
    }
    for (int64_t g = 0; g < groups_; ++g) {
      pack_panels(to + g * group_packed_, values + g * width_, w_.filters, 1, depth_, width_, panel_);
    }
  }

  const T* weights(const void* from, std::byte* workspace) const {
    if (packed_) return static_cast<const T*>(packed_.get());
    T* to = reinterpret_cast<T*>(workspace + weights_at_);
    pack(to, from, reinterpret_cast<T*>(workspace + wide_at_));
    return to;
  }

  // Output position → image, depth, height, width.
  void locate(int64_t position, int64_t& image, int64_t (&at)[3]) const noexcept {
    at[2] = position % w_.out[2], position /= w_.out[2];
    at[1] = position % w_.out[1], position /= w_.out[1];
    at[0] = position % w_.out[0];
    image = position / w_.out[0];
  }

  void product_block(const Call& call, T* rows, int64_t begin, int64_t end) const {
    const int64_t per_group = w_.channels / groups_;
    for (int64_t g = 0; g < groups_; ++g) {
      T* to = rows;
      for (int64_t position = begin; position < end; ++position, to += depth_) lay_out_taps(call.x + g * per_group, to, position, per_group);
      run_product(kernels_, Product<T>{.a = rows, .a_stride = depth_, .b = call.weights + g * group_packed_,
                                       .init = call.bias ? call.bias + g * width_ : nullptr, .init_stride = 0,
                                       .c = call.result + begin * w_.filters + g * width_, .c_stride = w_.filters, .m = end - begin,
                                       .n = width_, .k = depth_});
    }
  }

  // The channels of every tap of one output position, zeros where a tap lies in the padding.
  void lay_out_taps(const T* x, T* to, int64_t position, int64_t channels) const {
    int64_t image = 0, at[3];
    locate(position, image, at);
    const int64_t start[3]{w_.start(0, at[0]), w_.start(1, at[1]), w_.start(2, at[2])};
    const TapRange across = taps_inside(w_, 2, start[2]);
    const int64_t row = w_.size[2] * channels;
    for (int64_t d = 0; d < w_.size[0]; ++d) {
      const int64_t depth = start[0] + d * w_.dilation[0];
      for (int64_t h = 0; h < w_.size[1]; ++h, to += row) {
        const int64_t height = start[1] + h * w_.dilation[1];
        if (depth < 0 || depth >= w_.in[0] || height < 0 || height >= w_.in[1] || across.first >= across.last) {
          std::fill_n(to, row, T{});
          continue;
        }
        const T* line = x + ((image * w_.in[0] + depth) * w_.in[1] + height) * w_.in[2] * w_.channels;
        std::fill(to, to + across.first * channels, T{});
        if (channels == w_.channels && w_.dilation[2] == 1) {
          std::copy_n(line + (start[2] + across.first) * channels, (across.last - across.first) * channels, to + across.first * channels);
        } else {
          for (int64_t v = across.first; v < across.last; ++v) {
            std::copy_n(line + (start[2] + v * w_.dilation[2]) * w_.channels, channels, to + v * channels);
          }
        }
        std::fill(to + across.last * channels, to + row, T{});
      }
    }
  }

  // One row of output positions: those in the middle, whose windows lie on the input across the row, together; the others one by one.
  void depthwise_block(const Call& call, int64_t begin, int64_t end) const {
    int64_t image = 0, at[3];
    locate(begin, image, at);
    const TapRange deep = taps_inside(w_, 0, w_.start(0, at[0])), high = taps_inside(w_, 1, w_.start(1, at[1]));
    const int64_t reach = (w_.size[2] - 1) * w_.dilation[2];
    const int64_t count = end - begin;
    const int64_t first = std::min(count, (w_.low[2] + w_.stride[2] - 1) / w_.stride[2]);
    const int64_t fitting = w_.in[2] - 1 - reach + w_.low[2];
    const int64_t last = std::max(first, std::min(count, fitting < 0 ? 0 : fitting / w_.stride[2] + 1));
    const T* x[kMaxDepthwiseTaps];
    const T* weights[kMaxDepthwiseTaps];
    const auto run = [&](int64_t position, int64_t positions) {
      const int64_t start = w_.start(2, position);
      const TapRange across = positions > 1 ? TapRange{0, w_.size[2]} : taps_inside(w_, 2, start);
      int64_t taps = 0;
      for (int64_t d = deep.first; d < deep.last; ++d) {
        for (int64_t h = high.first; h < high.last; ++h) {
          const int64_t line = ((image * w_.in[0] + w_.start(0, at[0]) + d * w_.dilation[0]) * w_.in[1] + w_.start(1, at[1]) + h * w_.dilation[1]) * w_.in[2];
          for (int64_t v = across.first; v < across.last; ++v, ++taps) {
            x[taps] = call.x + (line + start + v * w_.dilation[2]) * w_.channels;
            weights[taps] = call.weights + ((d * w_.size[1] + h) * w_.size[2] + v) * w_.channels;
          }
        }
      }
      run_depthwise(kernels_, Depthwise<T>{.x = x, .weights = weights, .taps = taps, .bias = call.bias,
                                           .out = call.result + (begin + position) * w_.channels, .positions = positions,
                                           .step = w_.stride[2] * w_.channels, .channels = w_.channels});
    };
    for (int64_t p = 0; p < first; ++p) run(p, 1);
    if (first < last) run(first, last - first);
    for (int64_t p = last; p < count; ++p) run(p, 1);
  }

  void finish(const Call& call, const host::Operands& operands, void* scratch, int64_t begin, int64_t end) const {
    if (widened()) {
      auto* to = static_cast<std::byte*>(operands.out[0]) + begin * size_of(type_);
      kernels_.store[static_cast<int>(type_)](to, call.result + begin, end - begin);
    }
    epilogue_.apply(operands.in.subspan(2), operands.out[0], scratch, begin, end);
  }

  const Kernels& kernels_;
  WindowShape w_;
  int64_t groups_;
  DType type_;
  Epilogue epilogue_;
  bool depthwise_ = false;
  int panel_ = 0, threads_ = 1;
  int64_t depth_ = 0, width_ = 0;  // of a group's matrix
  int64_t group_packed_ = 0, block_ = 1, scratch_bytes_ = 0, x_at_ = 0, result_at_ = 0, weights_at_ = 0, wide_at_ = 0;
  std::shared_ptr<const void> packed_;
};

bool is_plain_product(const WindowShape& w, const host::Conv& op) {
  for (int axis = 0; axis < 3; ++axis) {
    if (w.size[axis] != 1 || w.stride[axis] != 1 || w.in[axis] != w.out[axis]) return false;
  }
  return op.groups == 1;
}

}  // namespace

StepPointer make_conv(const Task& task, const host::Conv& op) {
  const WindowShape w = window_shape(task.in(0).shape, task.out().shape, op.window);
  if (is_plain_product(w, op)) {
    const ProductShape shape{.batch = 1, .m = w.batch * w.out_positions(), .n = w.filters, .k = w.channels};
    return make_product(task, shape, false, false, op.epilogue);
  }
  if (task.in(0).dtype == DType::float64) return std::make_unique<ConvStep<double>>(task, op);
  return std::make_unique<ConvStep<float>>(task, op);
}

}  // namespace keraunos::cpu
