// Convolutions, channels last, of any float type. Three ways:
//   1 × 1 with stride 1   a matrix product over all positions (matmul.cpp);
//   depthwise             channels fill the vectors (isa/depthwise.h);
//   all others            one matrix product per group, whose left operand is read in place from the image: the row of an output
//                         position starts at its window, and each line of the window is a segment of adjacent elements.
// A block of output rows shares a padded copy of the lines that it reads (padded_image.h). 16-bit tensors are widened to float
// and rounded once; then the epilogue runs in their type.
#include <algorithm>
#include <vector>

#include "kernels/cpu/conv_blocks.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/onednn/onednn.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/product_shape.h"

namespace keraunos::cpu {
namespace {

void run_depthwise(const Kernels& kernels, const Depthwise<float>& d) { kernels.depthwise_f32(d); }
void run_depthwise(const Kernels& kernels, const Depthwise<double>& d) { kernels.depthwise_f64(d); }

template <class T>
class ConvStep final : public host::Step {
 public:
  ConvStep(const Task& task, const host::Conv& op)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        w_(conv_shape(task, op)),
        depthwise_(is_depthwise(w_, op.groups)),
        image_(w_, !depthwise_),
        groups_(op.groups),
        type_(task.in(0).dtype),
        epilogue_(op.epilogue, task.out().shape, epilogue_shapes(task), task.cpu) {
    per_group_ = w_.channels / groups_;
    depth_ = w_.taps() * per_group_;
    width_ = w_.filters / groups_;
    blocks_ = choose_conv_blocks(w_, image_, groups_, {.depth = depth_, .width = width_, .panel = panel_of<T>(kernels_)}, size(),
                                 task.cpu.threads);
    places_ = depthwise_ ? depthwise_places(w_, image_) : window_places(w_, image_, groups_, blocks_.rows);
    if (!depthwise_) {
      packing_ = choose_packing<T>(kernels_, depth_, width_, places_.segment);
      group_packed_ = packing_.elements();
    }
    if (task.graph.is_constant(task.node.in[1])) pack_constant_kernel(task);
    lay_out_workspace(host::elements_of(task.in(1).shape));
    kernel = (depthwise_          ? "depthwise "
              : packing_.by_terms ? "convolution by terms "
                                  : "convolution ") +
             std::string(kernels_.name);
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const Call call{
        .x = widen(operands.in[0], reinterpret_cast<T*>(workspace + x_at_), w_.batch * image_elements()),
        .weights = weights(operands.in[1], workspace),
        .bias = epilogue_.bias() < 0 ? nullptr : static_cast<const T*>(operands.in[2 + static_cast<size_t>(epilogue_.bias())]),
        .result = widened() ? reinterpret_cast<T*>(workspace + result_at_) : static_cast<T*>(operands.out[0])};
    if (w_.batch * w_.out_positions() * w_.filters == 0) return;
    share_out(workers_.get(), blocks_.threads, units(), [&](int64_t first, int64_t last, int thread) {
      std::byte* scratch = workspace + thread * scratch_bytes_;
      for (int64_t unit = first; unit < last; ++unit) one_unit(call, operands, unit, scratch);
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
  int64_t image_elements() const noexcept { return w_.in_positions() * w_.channels; }
  int64_t weights_elements() const noexcept { return depthwise_ ? w_.taps() * w_.channels : groups_ * group_packed_; }
  int64_t row_blocks() const noexcept { return (w_.out[1] + blocks_.rows - 1) / blocks_.rows; }
  /// A unit of work is a block of output rows of one depth of one image; where there are few blocks, also a share of the filters.
  int64_t units() const noexcept { return w_.batch * w_.out[0] * row_blocks() * blocks_.filter_shares; }

  void pack_constant_kernel(const Task& task) {
    const std::string layout = (depthwise_ ? "taps " : "conv " + packing_.name() + " groups ") + std::to_string(groups_);
    packed_ = task.constants.packed(task.node, 1, layout + ' ' + std::string(name_of(type_)), [&](const Tensor& saved) {
      const std::shared_ptr<void> memory = allocate_aligned(weights_elements() * size());
      const std::shared_ptr<void> wide = allocate_aligned(widened() ? saved.dims().elements() * size() : 0);
      pack(static_cast<T*>(memory.get()), saved.data(), static_cast<T*>(wide.get()));
      return std::shared_ptr<const void>(memory);
    });
  }

  void lay_out_workspace(int64_t kernel_elements) {
    buffer_at_ = aligned(epilogue_.scratch_bytes());
    scratch_bytes_ = buffer_at_ + aligned(image_.elements(blocks_.rows) * size());
    int64_t at = scratch_bytes_ * blocks_.threads;
    const auto reserve = [&](int64_t elements) {
      const int64_t here = at;
      at += aligned(elements * size());
      return here;
    };
    x_at_ = reserve(widened() ? w_.batch * image_elements() : 0);
    result_at_ = reserve(widened() ? w_.batch * w_.out_positions() * w_.filters : 0);
    weights_at_ = reserve(packed_ ? 0 : weights_elements());
    wide_at_ = reserve(!packed_ && widened() ? kernel_elements : 0);
    workspace_bytes = at;
  }

  const T* widen(const void* from, T* to, int64_t elements) const {
    if (!widened()) return static_cast<const T*>(from);
    kernels_.load[static_cast<int>(type_)](to, from, elements);
    return to;
  }

  // The kernel is (taps, channels / groups, filters): for each group a matrix (depth, width) whose rows have `filters` elements.
  void pack(T* to, const void* from, T* wide) const {
    const T* values = widen(from, wide, depth_ * w_.filters);
    if (depthwise_) {
      std::copy_n(values, w_.taps() * w_.channels, to);
      return;
    }
    for (int64_t g = 0; g < groups_; ++g) {
      pack_matrix(to + g * group_packed_, values + g * width_, w_.filters, 1, packing_);
    }
  }

  const T* weights(const void* from, std::byte* workspace) const {
    if (packed_) return static_cast<const T*>(packed_.get());
    T* to = reinterpret_cast<T*>(workspace + weights_at_);
    pack(to, from, reinterpret_cast<T*>(workspace + wide_at_));
    return to;
  }

  void one_unit(const Call& call, const host::Operands& operands, int64_t unit, std::byte* scratch) const {
    const int64_t share = unit % blocks_.filter_shares;
    const int64_t block = unit / blocks_.filter_shares % row_blocks(), plane = unit / blocks_.filter_shares / row_blocks();
    const int64_t row = block * blocks_.rows, rows = std::min(blocks_.rows, w_.out[1] - row);
    const int64_t image = plane / w_.out[0], depth = plane % w_.out[0];
    // Planes of the buffer always have the distance of a whole block, so that the segments are right for a smaller last block
    // too.
    if (depthwise_) {
      depthwise_rows(call, image, depth, row, rows);
      return finish(call, operands, scratch, (plane * w_.out[1] + row) * w_.out[2] * w_.filters,
                    (plane * w_.out[1] + row + rows) * w_.out[2] * w_.filters);
    }
    const T* x = image_.at(call.x + image * image_elements(), depth, row, image_.copies() ? blocks_.rows : rows,
                           reinterpret_cast<T*>(scratch + buffer_at_));
    const int64_t position = (plane * w_.out[1] + row) * w_.out[2], count = rows * w_.out[2];
    products(call, x, position, count, share);
    if (blocks_.filter_shares > 1) {
      if (!widened() && epilogue_.empty()) return;
      finish_columns(call, operands, scratch, position, count, share);
    } else {
      finish(call, operands, scratch, position * w_.filters, (position + count) * w_.filters);
    }
  }

  struct FilterRange {
    int64_t from, to;
  };
  // The filters of a share, in whole panels. Filters packed by terms are fewer than a panel and are not shared.
  FilterRange filters_of(int64_t share) const noexcept {
    const int64_t panel = packing_.panel, panels = (width_ + panel - 1) / panel;
    return {panels * share / blocks_.filter_shares * panel,
            std::min(panels * (share + 1) / blocks_.filter_shares * panel, width_)};
  }

  void products(const Call& call, const T* x, int64_t position, int64_t count, int64_t share) const {
    const auto [from, to] = filters_of(share);
    for (int64_t g = 0; g < groups_; ++g) {
      const int64_t filter = g * width_ + from;
      run_product(kernels_, Product<T>{.a = x + g * per_group_,
                                       .a_stride = 0,
                                       .rows = places_.starts.data(),
                                       .segments = places_.segments.data(),
                                       .segment = places_.segment,
                                       .b = call.weights + g * group_packed_ + from * depth_,
                                       .by_terms = packing_.by_terms,
                                       .init = call.bias ? call.bias + filter : nullptr,
                                       .init_stride = 0,
                                       .c = call.result + position * w_.filters + filter,
                                       .c_stride = w_.filters,
                                       .m = count,
                                       .n = to - from,
                                       .k = depth_,
                                       .clamp = epilogue_.template clamp<T>()});
    }
  }

  // Computes a range of channels for all rows of output positions before the next range, so that the weights of all taps stay in
  // L1.
  void depthwise_rows(const Call& call, int64_t image, int64_t depth, int64_t row, int64_t rows) const {
    for (int64_t channel = 0; channel < w_.channels; channel += blocks_.channels) {
      for (int64_t r = row; r < row + rows; ++r) depthwise_row(call, image, depth, r, channel);
    }
  }

  // Lines outside the image are skipped.
  void depthwise_row(const Call& call, int64_t image, int64_t depth, int64_t row, int64_t channel) const {
    const TapRange high = taps_inside(w_, 1, w_.start(1, row));
    const int64_t line_weights = w_.size[2] * w_.channels;
    run_depthwise(
        kernels_,
        Depthwise<T>{.x = call.x +
                          ((image * w_.in[0] + w_.start(0, depth)) * w_.in[1] + w_.start(1, row)) * image_.line_elements() +
                          channel,
                     .lines = places_.segments.data() + high.first,
                     .weights = call.weights + high.first * line_weights + channel,
                     .weight_stride = line_weights,
                     .bias = call.bias ? call.bias + channel : nullptr,
                     .out = call.result + ((image * w_.out[0] + depth) * w_.out[1] + row) * w_.out[2] * w_.channels + channel,
                     .line_count = std::max<int64_t>(high.last - high.first, 0),
                     .width = w_.size[2],
                     .positions = w_.out[2],
                     .stride = w_.stride[2],
                     .dilation = w_.dilation[2],
                     .before = w_.low[2],
                     .columns = w_.in[2],
                     .channels = w_.channels,
                     .channel_count = std::min(blocks_.channels, w_.channels - channel),
                     .clamp = epilogue_.template clamp<T>()});
  }

  // The epilogue of a range of filters: one position at a time, because the range is not contiguous over positions.
  void finish_columns(const Call& call, const host::Operands& operands, void* scratch, int64_t position, int64_t count,
                      int64_t share) const {
    const auto [from, to] = filters_of(share);
    for (int64_t p = position; p < position + count; ++p) {
      finish(call, operands, scratch, p * w_.filters + from, p * w_.filters + to);
    }
  }

  void finish(const Call& call, const host::Operands& operands, void* scratch, int64_t begin, int64_t end) const {
    if (widened()) {
      auto* to = static_cast<std::byte*>(operands.out[0]) + begin * size_of(type_);
      kernels_.store[static_cast<int>(type_)](to, call.result + begin, end - begin);
    }
    epilogue_.apply(operands.in.subspan(2), operands.out[0], scratch, begin, end);
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  WindowShape w_;
  bool depthwise_;
  PaddedImage image_;
  int64_t groups_;
  DType type_;
  Epilogue epilogue_;
  ConvBlocks blocks_{};
  Packing packing_{};
  int64_t per_group_ = 0, depth_ = 0, width_ = 0;  // of a group's matrix
  int64_t group_packed_ = 0;
  WindowPlaces places_;
  int64_t buffer_at_ = 0, scratch_bytes_ = 0, x_at_ = 0, result_at_ = 0, weights_at_ = 0, wide_at_ = 0;
  std::shared_ptr<const void> packed_;
};

bool is_plain_product(const WindowShape& w, const host::Conv& op) {
  for (int axis = 0; axis < 3; ++axis) {
    if (w.size[axis] != 1 || w.stride[axis] != 1 || w.in[axis] != w.out[axis]) return false;
  }
  return op.groups == 1;
}

}  // namespace

host::Verdict support(const Query& query, const host::Conv& op) {
  const DType type = query.in(0).dtype;
  if (!is_floating(type)) return host::refused("convolutions of " + std::string(name_of(type)));
  if (!op.epilogue.empty() && op.epilogue.result() != type)
    return host::refused("an epilogue that changes the type of the product");
  const int64_t filters = query.out().shape.back().size / op.groups;
  const bool depthwise = op.groups == query.in(0).shape.back().size && filters == 1;
  const int64_t terms = host::elements_of(query.in(1).shape) / std::max<int64_t>(query.out().shape.back().size, 1);
  const auto packing = choose_packing<float>(*query.cpu.kernels, terms, filters, query.in(0).shape.back().size / op.groups);
  if (op.groups > 1 && !depthwise && filters < packing.panel && !packing.by_terms) {
    return host::slow("groups of " + std::to_string(filters) + " filters do not fill the vectors");
  }
  return {};
}

StepPointer make_step(const Task& task, const host::Conv& op) {
  const WindowShape w = window_shape(task.in(0).shape, task.out().shape, op.window);
  if (is_plain_product(w, op)) {
    const ProductShape shape{.batch = 1, .m = w.batch * w.out_positions(), .n = w.filters, .k = w.channels};
    return make_product(task, shape, false, false, op.epilogue);
  }
  if (StepPointer step = onednn::make_convolution(task, w, op.groups, op.epilogue)) return step;
  if (task.in(0).dtype == DType::float64) return std::make_unique<ConvStep<double>>(task, op);
  return std::make_unique<ConvStep<float>>(task, op);
}

}  // namespace keraunos::cpu
