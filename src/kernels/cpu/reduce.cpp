// Reductions over any axes. Neighbouring axes of one kind (kept or reduced) are merged. If the innermost axis is reduced, runs
// are folded into one number each; if it is kept, whole rows are folded into a row of accumulators. Accumulators are double
// (int64 for integers), so that a mean over an image does not lose digits.
#include <algorithm>
#include <limits>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"
#include "kernels/math/evaluate.h"

namespace keraunos::cpu {
namespace {

constexpr int64_t kChunk = 512;  // elements per conversion, and accumulators per unit of work

FoldKind fold_of(Reduction kind) {
  switch (kind) {
    case Reduction::sum:
    case Reduction::mean: return FoldKind::sum;
    case Reduction::product: return FoldKind::product;
    case Reduction::maximum:
    case Reduction::any: return FoldKind::maximum;
    case Reduction::minimum:
    case Reduction::all: return FoldKind::minimum;
  }
  return FoldKind::sum;
}

// The fold of no elements: −∞ or the lowest integer for the maximum, and so on.
math::Word neutral(FoldKind kind, DType type) {
  math::Word word{};
  const bool real = math::lane_of(type) != math::Lane::integer;
  const bool is_signed = type == DType::int8 || type == DType::int16 || type == DType::int32 || type == DType::int64;
  const int bits = type == DType::boolean ? 1 : static_cast<int>(size_of(type)) * 8;
  const int64_t highest = bits == 64 ? INT64_MAX : (int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
  const int64_t lowest = is_signed ? -highest - 1 : 0;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto put = [&](double number, int64_t integer) {
    if (real)
      word.real = number;
    else
      word.integer = integer;
  };
  switch (kind) {
    case FoldKind::sum: break;
    case FoldKind::product: put(1, 1); break;
    case FoldKind::maximum: put(-infinity, lowest); break;
    case FoldKind::minimum: put(infinity, highest); break;
  }
  return word;
}

// Extents and strides of the merged kept and reduced axes, outermost first.
struct Axes {
  int count = 0;
  int64_t extent[8] = {}, stride[8] = {};
  int64_t total() const {
    int64_t product = 1;
    for (int i = 0; i < count; ++i) product *= extent[i];
    return product;
  }
  int64_t offset(int64_t index) const {
    int64_t result = 0;
    for (int i = count - 1; i >= 0; --i) {
      result += index % extent[i] * stride[i];
      index /= extent[i];
    }
    return result;
  }
};

class ReduceStep final : public host::Step {
 public:
  ReduceStep(const Task& task, const host::Reduce& op)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        type_(task.in(0).dtype),
        mean_(op.kind == Reduction::mean),
        fold_(fold_of(op.kind)) {
    split_axes(task.in(0).shape, op.axes);
    start_ = neutral(fold_, type_);
    count_ = reduced_.total() * run_;
    rows_ = kept_.total();
    chunks_ = by_rows_ ? (width_ + kChunk - 1) / kChunk : 1;
    const int64_t elements = host::elements_of(task.in(0).shape);
    threads_ = threads_for(task.cpu.threads, rows_ * chunks_, static_cast<double>(elements) * 0.3);
    workspace_bytes = threads_ * kScratch;
    kernel = "reduce";
  }

  void enqueue(const host::Operands& operands) const override {
    share_out(workers_.get(), threads_, rows_ * chunks_, [&](int64_t begin, int64_t end, int thread) {
      auto* scratch = static_cast<std::byte*>(operands.workspace) + thread * kScratch;
      for (int64_t unit = begin; unit < end; ++unit) {
        if (by_rows_)
          one_chunk(operands, unit / chunks_, unit % chunks_ * kChunk, scratch);
        else
          one_run(operands, unit);
      }
    });
  }

 private:
  static constexpr int64_t kScratch = 3 * kChunk * 8;
  using Lane = math::Lane;
  int lane() const noexcept { return static_cast<int>(math::lane_of(type_)); }
  bool direct() const noexcept { return type_ == DType::float32 || type_ == DType::float64 || type_ == DType::int64; }

  void split_axes(const Shape& shape, const std::vector<int>& axes) {
    int64_t stride = 1;
    Axes inner_first[2];  // kept, reduced
    int last_kind = -1;
    for (int axis = static_cast<int>(shape.size()) - 1; axis >= 0; --axis) {
      const int64_t extent = shape[static_cast<size_t>(axis)].size;
      const int kind = std::binary_search(axes.begin(), axes.end(), axis) ? 1 : 0;
      Axes& list = inner_first[kind];
      if (extent != 1) {
        if (last_kind == kind)
          list.extent[list.count - 1] *= extent;
        else
          list.extent[list.count] = extent, list.stride[list.count++] = stride, last_kind = kind;
      }
      stride *= extent;
    }
    // The innermost of all axes becomes the row or the run.
    Axes& reduced = inner_first[1];
    Axes& kept = inner_first[0];
    by_rows_ = kept.count > 0 && (reduced.count == 0 || kept.stride[0] < reduced.stride[0]);
    if (by_rows_)
      width_ = take_innermost(kept);
    else if (reduced.count > 0)
      run_ = take_innermost(reduced);
    kept_ = reversed(kept), reduced_ = reversed(reduced);
  }
  static int64_t take_innermost(Axes& list) {
    const int64_t extent = list.extent[0];
    std::copy(list.extent + 1, list.extent + list.count, list.extent);
    std::copy(list.stride + 1, list.stride + list.count, list.stride);
    --list.count;
    return extent;
  }
  static Axes reversed(Axes list) {
    std::reverse(list.extent, list.extent + list.count);
    std::reverse(list.stride, list.stride + list.count);
    return list;
  }

  const std::byte* address(const void* base, int64_t offset) const {
    return static_cast<const std::byte*>(base) + offset * size_of(type_);
  }

  // Accumulators of `n` adjacent results, folded row by row.
  void one_chunk(const host::Operands& operands, int64_t row, int64_t column, std::byte* scratch) const {
    const int64_t n = std::min(kChunk, width_ - column);
    auto* sums = reinterpret_cast<math::Word*>(scratch);
    std::byte* converted = scratch + kChunk * 8;
    kernels_.fill(sums, start_, true, n);
    const int64_t base = kept_.offset(row) + column;
    const auto fold = kernels_.fold_rows[lane()][static_cast<int>(fold_)];
    const int64_t rows = reduced_.total();
    for (int64_t i = 0; i < rows; ++i) {
      const std::byte* from = address(operands.in[0], base + (reduced_.count == 1 ? i * reduced_.stride[0] : reduced_.offset(i)));
      if (!direct()) kernels_.load[static_cast<int>(type_)](converted, from, n), from = converted;
      fold(sums, from, n);
    }
    for (int64_t i = 0; i < n; ++i) store(operands.out[0], row * width_ + column + i, sums[i]);
  }

  void one_run(const host::Operands& operands, int64_t row) const {
    math::Word sum = start_;
    const auto fold = kernels_.fold_run[lane()][static_cast<int>(fold_)];
    const int64_t base = kept_.offset(row), runs = reduced_.total();
    std::byte converted[kChunk * 8];
    for (int64_t i = 0; i < runs; ++i) {
      const std::byte* from = address(operands.in[0], base + reduced_.offset(i));
      if (direct()) {
        fold(&sum, from, run_);
        continue;
      }
      for (int64_t start = 0; start < run_; start += kChunk) {
        const int64_t n = std::min(kChunk, run_ - start);
        kernels_.load[static_cast<int>(type_)](converted, from + start * size_of(type_), n);
        fold(&sum, converted, n);
      }
    }
    store(operands.out[0], row, sum);
  }

  void store(void* out, int64_t index, math::Word sum) const {
    const bool integer = math::lane_of(type_) == Lane::integer;
    if (mean_ && integer)
      sum.integer = math::divide_integers(sum.integer, count_);
    else if (mean_)
      sum.real /= static_cast<double>(count_);  // 0/0 for no elements: NaN
    if (math::lane_of(type_) == Lane::single) sum.single = static_cast<float>(sum.real);
    math::store_element(out, type_, index, sum);
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  DType type_;
  bool mean_, by_rows_ = false;
  FoldKind fold_;
  Axes kept_, reduced_;
  math::Word start_{};
  int64_t width_ = 1, run_ = 1, count_ = 0, rows_ = 0, chunks_ = 1;
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const host::Reduce&) { return {}; }
StepPointer make_step(const Task& task, const host::Reduce& op) { return std::make_unique<ReduceStep>(task, op); }

}  // namespace keraunos::cpu
