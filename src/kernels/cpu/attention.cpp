// Attention head by head: K and V of a head are packed once, then blocks of query rows run scores → masks → softmax → values
// while the block's scores are in cache. Masked scores become −∞; a row without any allowed key is zero or uniform, depending on
// the node's option.
#include <algorithm>
#include <limits>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

void run_softmax(const Kernels& kernels, float* row, int64_t n) { kernels.softmax_f32(row, row, n, false); }
void run_softmax(const Kernels& kernels, double* row, int64_t n) { kernels.softmax_f64(row, row, n, false); }
void run_scale(const Kernels& kernels, float* row, double factor, int64_t n) {
  kernels.scale_f32(row, row, static_cast<float>(factor), n);
}
void run_scale(const Kernels& kernels, double* row, double factor, int64_t n) { kernels.scale_f64(row, row, factor, n); }

template <class T>
class AttentionStep final : public host::Step {
 public:
  AttentionStep(const Task& task, const host::Attention& op)
      : kernels_(*task.cpu.kernels), workers_(task.cpu.workers), op_(op), type_(task.in(0).dtype), panel_(panel_of<T>(kernels_)) {
    const Shape &q = task.in(0).shape, &k = task.in(1).shape, &v = task.in(2).shape;
    batch_ = q[0].size, queries_ = q[1].size, heads_ = q[2].size, depth_ = q[3].size;
    keys_ = k[1].size, key_heads_ = k[2].size, values_ = v[3].size;
    if (task.has(5)) mask_heads_ = task.in(5).shape[1].size;
    const double macs = static_cast<double>(batch_ * heads_ * queries_) * static_cast<double>(keys_ * (depth_ + values_));
    threads_ = threads_for(task.cpu.threads, batch_ * heads_, macs * 0.06);
    lay_out_workspace();
    kernel = "attention " + std::string(kernels_.name);
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const Call call{.q = widen(operands.in[0], workspace + q_at_, q_elements()),
                    .k = widen(operands.in[1], workspace + k_at_, k_elements()),
                    .v = widen(operands.in[2], workspace + v_at_, v_elements()),
                    .query_mask = static_cast<const uint8_t*>(operands.in[3]),
                    .key_mask = static_cast<const uint8_t*>(operands.in[4]),
                    .mask = static_cast<const uint8_t*>(operands.in[5]),
                    .out = widened() ? reinterpret_cast<T*>(workspace + out_at_) : static_cast<T*>(operands.out[0]),
                    .scores = op_.return_scores ? static_cast<std::byte*>(operands.out[1]) : nullptr};
    share_out(workers_.get(), threads_, batch_ * heads_, [&](int64_t begin, int64_t end, int thread) {
      std::byte* scratch = workspace + thread * scratch_bytes_;
      int64_t packed = -1;  // query heads that share a key head share its packing
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t image = unit / heads_, head = unit % heads_;
        const int64_t key_head = image * key_heads_ + head / (heads_ / key_heads_);
        if (key_head != packed) pack_head(call, key_head, scratch);
        packed = key_head;
        one_head(call, image, head, scratch);
      }
    });
    if (widened()) kernels_.store[static_cast<int>(type_)](operands.out[0], call.out, batch_ * queries_ * heads_ * values_);
  }

 private:
  struct Call {
    const T *q, *k, *v;
    const uint8_t *query_mask, *key_mask, *mask;
    T* out;
    std::byte* scores;
  };
  static constexpr int64_t kBlock = 48;
  static constexpr int64_t size() noexcept { return static_cast<int64_t>(sizeof(T)); }
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }
  int64_t q_elements() const noexcept { return batch_ * queries_ * heads_ * depth_; }
  int64_t k_elements() const noexcept { return batch_ * keys_ * key_heads_ * depth_; }
  int64_t v_elements() const noexcept { return batch_ * keys_ * key_heads_ * values_; }

  void lay_out_workspace() {
    k_packed_ = aligned(packed_elements(depth_, keys_, panel_) * size());
    v_packed_ = aligned(packed_elements(keys_, values_, panel_) * size());
    scratch_bytes_ = k_packed_ + v_packed_ + aligned(kBlock * keys_ * size());
    int64_t at = scratch_bytes_ * threads_;
    const auto reserve = [&](int64_t elements) {
      const int64_t here = at;
      at += widened() ? aligned(elements * size()) : 0;
      return here;
    };
    q_at_ = reserve(q_elements()), k_at_ = reserve(k_elements()), v_at_ = reserve(v_elements());
    out_at_ = reserve(batch_ * queries_ * heads_ * values_);
    workspace_bytes = at;
  }

  const T* widen(const void* from, std::byte* to, int64_t elements) const {
    if (!widened()) return static_cast<const T*>(from);
    kernels_.load[static_cast<int>(type_)](to, from, elements);
    return reinterpret_cast<const T*>(to);
  }

  // Packs Kᵀ (depth, keys) and V (keys, values) of one head in panels.
  void pack_head(const Call& call, int64_t key_head, std::byte* scratch) const {
    const int64_t image = key_head / key_heads_, head = key_head % key_heads_;
    const T* k = call.k + (image * keys_ * key_heads_ + head) * depth_;
    const T* v = call.v + (image * keys_ * key_heads_ + head) * values_;
    pack_panels(reinterpret_cast<T*>(scratch), k, 1, key_heads_ * depth_, depth_, keys_, panel_);
    pack_panels(reinterpret_cast<T*>(scratch + k_packed_), v, key_heads_ * values_, 1, keys_, values_, panel_);
  }

  void one_head(const Call& call, int64_t image, int64_t head, std::byte* scratch) const {
    const auto* k = reinterpret_cast<const T*>(scratch);
    const auto* v = reinterpret_cast<const T*>(scratch + k_packed_);
    T* scores = reinterpret_cast<T*>(scratch + k_packed_ + v_packed_);
    for (int64_t first = 0; first < queries_; first += kBlock) {
      const int64_t rows = std::min(kBlock, queries_ - first);
      const int64_t at = (image * queries_ + first) * heads_ + head;
      run_product(kernels_, Product<T>{.a = call.q + at * depth_,
                                       .a_stride = heads_ * depth_,
                                       .b = k,
                                       .init = nullptr,
                                       .init_stride = 0,
                                       .c = scores,
                                       .c_stride = keys_,
                                       .m = rows,
                                       .n = keys_,
                                       .k = depth_});
      for (int64_t r = 0; r < rows; ++r) one_row(call, image, head, first + r, scores + r * keys_);
      run_product(kernels_, Product<T>{.a = scores,
                                       .a_stride = keys_,
                                       .b = v,
                                       .init = nullptr,
                                       .init_stride = 0,
                                       .c = call.out + at * values_,
                                       .c_stride = heads_ * values_,
                                       .m = rows,
                                       .n = values_,
                                       .k = keys_});
    }
  }

  // Converts the scores of one query to probabilities.
  void one_row(const Call& call, int64_t image, int64_t head, int64_t query, T* row) const {
    run_scale(kernels_, row, op_.scale, keys_);
    if (any_mask(call)) {
      int64_t allowed = 0;
      for (int64_t key = 0; key < keys_; ++key) {
        const bool open = is_allowed(call, image, head, query, key);
        allowed += open;
        if (!open) row[key] = -std::numeric_limits<T>::infinity();
      }
      if (allowed == 0)
        std::fill_n(row, keys_, op_.zero_masked ? T{} : static_cast<T>(1.0 / static_cast<double>(keys_)));
      else
        run_softmax(kernels_, row, keys_);
    } else {
      run_softmax(kernels_, row, keys_);
    }
    if (call.scores == nullptr) return;
    std::byte* to = call.scores + ((image * heads_ + head) * queries_ + query) * keys_ * size_of(type_);
    kernels_.store[static_cast<int>(type_)](to, row, keys_);
  }

  bool any_mask(const Call& call) const noexcept {
    return call.query_mask || call.key_mask || call.mask || op_.causal || op_.window.has_value();
  }

  bool is_allowed(const Call& call, int64_t image, int64_t head, int64_t query, int64_t key) const noexcept {
    if (op_.causal && key > query) return false;
    if (op_.window && std::abs(query - key) >= *op_.window) return false;
    if (call.query_mask && call.query_mask[image * queries_ + query] == 0) return false;
    if (call.key_mask && call.key_mask[image * keys_ + key] == 0) return false;
    if (call.mask == nullptr) return true;
    const int64_t of_head = mask_heads_ == 1 ? 0 : head;
    return call.mask[((image * mask_heads_ + of_head) * queries_ + query) * keys_ + key] != 0;
  }

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  host::Attention op_;
  DType type_;
  int panel_, threads_ = 1;
  int64_t batch_ = 0, queries_ = 0, heads_ = 0, depth_ = 0, keys_ = 0, key_heads_ = 0, values_ = 0, mask_heads_ = 1;
  int64_t k_packed_ = 0, v_packed_ = 0, scratch_bytes_ = 0, q_at_ = 0, k_at_ = 0, v_at_ = 0, out_at_ = 0;
};

}  // namespace

host::Verdict support(const Query& query, const host::Attention&) { return host::floats_only(query); }

StepPointer make_step(const Task& task, const host::Attention& op) {
  if (task.in(0).dtype == DType::float64) return std::make_unique<AttentionStep<double>>(task, op);
  return std::make_unique<AttentionStep<float>>(task, op);
}

}  // namespace keraunos::cpu
