// LSTM, GRU and SimpleRNN over the projected inputs. Steps are sequential, batch rows are independent: every thread computes some
// rows for all steps, so there is no barrier between steps. A step is one product h·U (U packed when it is constant), then the
// gates by the vectorised function loops. GRU's U is packed as two matrices, (z, r) and (h), because without reset_after the
// second product is (r ∘ h)·U_h. 16-bit models keep their states in float, rounded to their type after every step.
#include <algorithm>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/packing.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

template <class T>
class RecurrentStep final : public host::Step {
 public:
  RecurrentStep(const Task& task, const host::Recurrent& op)
      : kernels_(*task.cpu.kernels),
        workers_(task.cpu.workers),
        op_(op),
        type_(task.in(0).dtype),
        batch_(task.in(0).shape[0].size),
        time_(task.in(0).shape[1].size),
        units_(task.in(1).shape[0].size),
        width_(units_ * op.gates()) {
    const int panel = panel_of<T>(kernels_);
    first_columns_ = op.kind == host::Recurrent::gru ? 2 * units_ : width_;
    first_packed_ = packed_elements(units_, first_columns_, panel);
    packed_elements_ = first_packed_ + (op.kind == host::Recurrent::gru ? packed_elements(units_, units_, panel) : 0);
    if (task.graph.is_constant(task.node.in[1])) {
      packed_ = task.constants.packed(task.node, 1, layout(), [&](const Tensor& u) {
        const std::shared_ptr<void> memory = allocate_aligned(packed_elements_ * size());
        const std::shared_ptr<void> wide = allocate_aligned(u.dims().elements() * size());
        pack(static_cast<T*>(memory.get()), u.data(), static_cast<T*>(wide.get()));
        return std::shared_ptr<const void>(memory);
      });
    }
    const double each = static_cast<double>(units_ * width_) * (sizeof(T) == 4 ? 0.05 : 0.1) +
                        static_cast<double>(width_) * (sizeof(T) == 4 ? 1 : 8);
    threads_ = threads_for(task.cpu.threads, batch_, each * static_cast<double>(batch_ * time_));
    lay_out_workspace();
    constexpr const char* kNames[] = {"simple_rnn ", "gru ", "lstm "};
    kernel = kNames[op.kind] + std::string(kernels_.name);
  }

  void enqueue(const host::Operands& operands) const override {
    auto* workspace = static_cast<std::byte*>(operands.workspace);
    const T* u = static_cast<const T*>(packed_.get());
    if (!packed_) {
      T* to = reinterpret_cast<T*>(workspace + packed_at_);
      pack(to, operands.in[1], reinterpret_cast<T*>(workspace + wide_at_));
      u = to;
    }
    const T* bias =
        operands.in[2] == nullptr ? nullptr : widen(operands.in[2], reinterpret_cast<T*>(workspace + bias_at_), width_);
    share_out(
        workers_.get(), threads_, batch_,
        [&](int64_t begin, int64_t end, int) { Rows(*this, operands, u, bias, workspace, begin, end).run(); }, 1);
  }

 private:
  using Scalar = host::Recurrent::Scalar;
  static constexpr int64_t size() noexcept { return static_cast<int64_t>(sizeof(T)); }
  static constexpr int kLane = sizeof(T) == 4 ? 0 : 1;
  bool widened() const noexcept { return type_ == DType::float16 || type_ == DType::bfloat16; }
  bool is_lstm() const noexcept { return op_.kind == host::Recurrent::lstm; }
  std::string layout() const {
    return "recurrent panels of " + std::to_string(panel_of<T>(kernels_)) + (first_columns_ < width_ ? " gru " : " ") +
           std::string(name_of(type_));
  }

  void lay_out_workspace() {
    int64_t at = 0;
    const auto reserve = [&](int64_t elements) {
      const int64_t here = at;
      at += aligned(elements * size());
      return here;
    };
    states_at_ = reserve(3 * batch_ * units_);  // h, c (GRU: r ∘ h), last output
    gates_at_ = reserve(batch_ * width_);
    project_at_ = reserve(widened() ? batch_ * width_ : 0);
    packed_at_ = reserve(packed_ ? 0 : packed_elements_);
    wide_at_ = reserve(packed_ ? 0 : units_ * width_);
    bias_at_ = reserve(width_);
    workspace_bytes = at;
  }

  const T* widen(const void* from, T* to, int64_t elements) const {
    if (!widened()) return static_cast<const T*>(from);
    kernels_.load[static_cast<int>(type_)](to, from, elements);
    return to;
  }
  void pack(T* to, const void* from, T* wide) const {
    const T* u = widen(from, wide, units_ * width_);
    pack_panels(to, u, width_, 1, units_, first_columns_, panel_of<T>(kernels_));
    if (first_columns_ < width_)
      pack_panels(to + first_packed_, u + first_columns_, width_, 1, units_, units_, panel_of<T>(kernels_));
  }

  // Computes some batch rows for all steps, on one thread.
  class Rows {
   public:
    Rows(const RecurrentStep& step, const host::Operands& operands, const T* u, const T* bias, std::byte* workspace,
         int64_t begin, int64_t end)
        : s_(step), operands_(operands), u_(u), bias_(bias), begin_(begin), rows_(end - begin) {
      const auto part = [&](int64_t offset, int64_t row) { return reinterpret_cast<T*>(workspace + offset) + row; };
      const int64_t mine = begin * s_.units_, all = s_.batch_ * s_.units_;
      h_ = part(s_.states_at_, mine), c_ = part(s_.states_at_, all + mine), output_ = part(s_.states_at_, 2 * all + mine);
      gates_ = part(s_.gates_at_, begin * s_.width_), project_ = part(s_.project_at_, begin * s_.width_);
    }

    void run() {
      start(operands_.in[3], h_);
      if (s_.is_lstm()) start(operands_.in[4], c_);
      std::fill_n(output_, rows_ * s_.units_, T{});
      for (int64_t step = 0; step < s_.time_; ++step) {
        const int64_t time = s_.op_.go_backwards ? s_.time_ - 1 - step : step;
        project(time);
        switch (s_.op_.kind) {
          case host::Recurrent::lstm: lstm(time); break;
          case host::Recurrent::gru: gru(time); break;
          case host::Recurrent::simple: simple(time); break;
        }
        if (s_.op_.return_sequences) write_sequence(step);
      }
      if (!s_.op_.return_sequences) write(operands_.out[0], output_);
      write(operands_.out[1], h_);
      if (s_.is_lstm()) write(operands_.out[2], c_);
    }

   private:
    int64_t units() const { return s_.units_; }
    T* row(T* base, int64_t r) const { return base + r * s_.units_; }
    T* gate(int64_t r, int g) const { return gates_ + r * s_.width_ + g * s_.units_; }

    void start(const void* state, T* to) {
      if (state == nullptr)
        std::fill_n(to, rows_ * units(), T{});
      else
        s_.kernels_.load[static_cast<int>(s_.type_)](
            to, static_cast<const std::byte*>(state) + begin_ * units() * size_of(s_.type_), rows_ * units());
    }
    void write(void* out, const T* from) {
      s_.kernels_.store[static_cast<int>(s_.type_)](static_cast<std::byte*>(out) + begin_ * units() * size_of(s_.type_), from,
                                                    rows_ * units());
    }
    void write_sequence(int64_t step) {
      for (int64_t r = 0; r < rows_; ++r) {
        auto* to = static_cast<std::byte*>(operands_.out[0]) + ((begin_ + r) * s_.time_ + step) * units() * size_of(s_.type_);
        s_.kernels_.store[static_cast<int>(s_.type_)](to, row(output_, r), units());
      }
    }

    // The projected inputs of one step: in place, or widened.
    void project(int64_t time) {
      const int64_t first = (begin_ * s_.time_ + time) * s_.width_;
      inputs_ = static_cast<const T*>(operands_.in[0]) + (s_.widened() ? 0 : first), inputs_stride_ = s_.time_ * s_.width_;
      if (!s_.widened()) return;
      for (int64_t r = 0; r < rows_; ++r) {
        const auto* from =
            static_cast<const std::byte*>(operands_.in[0]) + (first + r * s_.time_ * s_.width_) * size_of(s_.type_);
        s_.kernels_.load[static_cast<int>(s_.type_)](project_ + r * s_.width_, from, s_.width_);
      }
      inputs_ = project_, inputs_stride_ = s_.width_;
    }

    // gates[…, column …] = init + left·U of the first or second matrix.
    void multiply(const T* left, bool second, const T* init, int64_t init_stride) {
      const int64_t columns = second ? units() : s_.first_columns_, at = second ? s_.first_columns_ : 0;
      run_product(s_.kernels_, Product<T>{.a = left,
                                          .a_stride = units(),
                                          .b = u_ + (second ? s_.first_packed_ : 0),
                                          .init = init,
                                          .init_stride = init_stride,
                                          .c = gates_ + at,
                                          .c_stride = s_.width_,
                                          .m = rows_,
                                          .n = columns,
                                          .k = units()});
    }

    void apply(const Scalar& f, T* values, int64_t n) const {
      s_.kernels_.value[kLane][static_cast<int>(f.function)](values, values, nullptr, nullptr, n, f.immediate);
    }
    void combine(Function f, T* out, const T* a, const T* b) const {
      s_.kernels_.value[kLane][static_cast<int>(f)](out, a, b, nullptr, units(), 0);
    }
    void settle(T* values) const {
      if (const Conversion round = s_.kernels_.settle[static_cast<int>(s_.type_)]) round(values, values, units());
    }

    bool masked(int64_t r, int64_t time) const {
      return operands_.in[5] != nullptr && static_cast<const uint8_t*>(operands_.in[5])[(begin_ + r) * s_.time_ + time] == 0;
    }
    // A masked row keeps its states; its output is repeated, or is zero.
    bool skip(int64_t r, int64_t time) {
      if (!masked(r, time)) return false;
      if (s_.op_.zero_output_for_mask) std::fill_n(row(output_, r), units(), T{});
      return true;
    }
    void emit(int64_t r) { std::copy_n(row(h_, r), units(), row(output_, r)); }

    void simple(int64_t time) {
      multiply(h_, false, inputs_, inputs_stride_);
      for (int64_t r = 0; r < rows_; ++r) {
        if (skip(r, time)) continue;
        std::copy_n(gate(r, 0), units(), row(h_, r));
        apply(s_.op_.activation, row(h_, r), units());
        settle(row(h_, r));
        emit(r);
      }
    }

    // Gates i, f, candidate, o: c = f∘c + i∘candidate, h = o∘act(c).
    void lstm(int64_t time) {
      multiply(h_, false, inputs_, inputs_stride_);
      for (int64_t r = 0; r < rows_; ++r) {
        if (skip(r, time)) continue;
        T* c = row(c_, r);
        T* h = row(h_, r);
        apply(s_.op_.recurrent_activation, gate(r, 0), 2 * units());
        apply(s_.op_.activation, gate(r, 2), units());
        apply(s_.op_.recurrent_activation, gate(r, 3), units());
        combine(Function::multiply, c, c, gate(r, 1));
        combine(Function::multiply, gate(r, 2), gate(r, 2), gate(r, 0));
        combine(Function::add, c, c, gate(r, 2));
        settle(c);
        std::copy_n(c, units(), h);
        apply(s_.op_.activation, h, units());
        combine(Function::multiply, h, h, gate(r, 3));
        settle(h);
        emit(r);
      }
    }

    // Gates z, r, candidate: h = z∘h + (1 − z)∘candidate. With reset_after r scales h·U + bias, else h before the product.
    void gru(int64_t time) {
      const bool after = s_.op_.reset_after;
      multiply(h_, false, after ? bias_ : nullptr, 0);
      if (after) multiply(h_, true, bias_ != nullptr ? bias_ + 2 * units() : nullptr, 0);
      for (int64_t r = 0; r < rows_; ++r) {
        const T* x = inputs_ + r * inputs_stride_;
        combine(Function::add, gate(r, 0), gate(r, 0), x);
        combine(Function::add, gate(r, 1), gate(r, 1), x + units());
        apply(s_.op_.recurrent_activation, gate(r, 0), 2 * units());
        if (!after) combine(Function::multiply, row(c_, r), gate(r, 1), row(h_, r));
      }
      if (!after) multiply(c_, true, inputs_ + 2 * units(), inputs_stride_);
      for (int64_t r = 0; r < rows_; ++r) {
        if (skip(r, time)) continue;
        T* candidate = gate(r, 2);
        if (after) {
          combine(Function::multiply, candidate, candidate, gate(r, 1));
          combine(Function::add, candidate, candidate, inputs_ + r * inputs_stride_ + 2 * units());
        }
        apply(s_.op_.activation, candidate, units());
        blend(row(h_, r), gate(r, 0), candidate);
        settle(row(h_, r));
        emit(r);
      }
    }

    // h = z∘h + (1 − z)∘candidate, as Keras writes it.
    void blend(T* h, const T* z, const T* candidate) const {
      for (int64_t i = 0; i < units(); ++i) h[i] = z[i] * h[i] + (T{1} - z[i]) * candidate[i];
    }

    const RecurrentStep& s_;
    const host::Operands& operands_;
    const T* u_;
    const T* bias_;
    int64_t begin_, rows_;
    T *h_, *c_, *output_, *gates_, *project_;
    const T* inputs_ = nullptr;
    int64_t inputs_stride_ = 0;
  };

  const Kernels& kernels_;
  std::shared_ptr<Workers> workers_;
  host::Recurrent op_;
  DType type_;
  int64_t batch_, time_, units_, width_;
  int threads_ = 1;
  int64_t first_columns_ = 0, first_packed_ = 0, packed_elements_ = 0;
  int64_t states_at_ = 0, gates_at_ = 0, project_at_ = 0, packed_at_ = 0, wide_at_ = 0, bias_at_ = 0;
  std::shared_ptr<const void> packed_;
};

}  // namespace

host::Verdict support(const Query& query, const host::Recurrent&) { return host::floats_only(query); }

StepPointer make_step(const Task& task, const host::Recurrent& op) {
  if (task.in(0).dtype == DType::float64) return std::make_unique<RecurrentStep<double>>(task, op);
  return std::make_unique<RecurrentStep<float>>(task, op);
}

}  // namespace keraunos::cpu
